"""Offers: promo codes, and how many tickets one person or one phone may have."""
