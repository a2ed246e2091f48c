"""What people may ask of us about what we hold of them: all of it, and to be forgotten."""
