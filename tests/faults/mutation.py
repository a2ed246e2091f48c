"""One condition or check that money rests on, and the test that misses it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """`old` stands in `file` exactly once; with `new` in its place `test` must fail."""

    what: str
    file: str
    old: str
    new: str
    test: str
