"""From this folder to a deployment: the template and the package, settings, deploying, a first look at it."""


class Stopped(Exception):
    """Nothing was changed; the text says what is wrong, by its name."""
