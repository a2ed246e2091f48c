"""People: signing up, logging in and out, roles and what they permit."""
