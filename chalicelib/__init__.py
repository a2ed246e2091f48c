"""Tiketi Tamasha: a folder for each capability of the product; see docs/decisions/0001."""

from chalicelib import late

late.install()
