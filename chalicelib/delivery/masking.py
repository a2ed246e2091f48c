"""Addresses as they are shown: their owner still recognises them, others learn nothing."""

from chalicelib.core import phones


def email(address: str) -> str:
    """`a•••••@example.com`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}•••••@{domain}"


def phone(number: str) -> str:
    """`2547•••••678`."""
    return phones.masked(number)
