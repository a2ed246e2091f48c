"""What is on sale: events, categories, stock and availability, search."""
