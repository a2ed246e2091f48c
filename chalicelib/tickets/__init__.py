"""Tickets: issuing them, their signed codes, and their pictures."""
