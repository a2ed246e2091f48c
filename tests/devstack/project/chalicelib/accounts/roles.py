def put_built_in() -> None:
    """The tiny application has no roles."""
