"""Telling people by e-mail and SMS what has become of their orders."""
