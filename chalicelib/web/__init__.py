"""What every route shares: parsing, who is calling, answers, errors, paging, CORS."""
