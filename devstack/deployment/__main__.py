"""`python -m devstack.deployment package dev` and its like; `make` types them for you."""

import argparse
import os
import sys
from collections.abc import Callable
from getpass import getpass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from devstack.deployment import Stopped
from devstack.deployment.committed import pages, written
from devstack.deployment.packaging import package, stage_named


def main() -> int:
    """Do what the command line says; the exit code is 0 when all went well."""
    parser = argparse.ArgumentParser(prog="python -m devstack.deployment", description=__doc__)
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("what", nargs="?", default="", help="the stage; for smoke, the URL")
    options = parser.parse_args()
    try:
        return COMMANDS[options.command](options.what)
    except Stopped as problem:
        print(problem, file=sys.stderr)
    except (BotoCoreError, ClientError) as problem:
        print(f"AWS refused or did not answer: {problem}", file=sys.stderr)
    return 1


def _resources(_: str) -> int:
    for path, text in (written() | pages()).items():
        path.write_text(text)
        print(os.path.relpath(path))
    return 0


def _package(what: str) -> int:
    made = package(what)
    for path in (made.template, made.code):
        print(f"{os.path.relpath(path)}  {path.stat().st_size:,} bytes")
    return 0


def _secrets(what: str) -> int:
    from devstack.deployment.secrets import complete

    print("\n".join(complete(stage_named(what), os.environ)))
    return 0


def _deploy(what: str) -> int:
    from devstack.deployment.deploying import deploy, stack_name

    made = deploy(what, os.environ)
    print(f"Deployed build {made.build} as {stack_name(made.stage)}; look at it with `make smoke URL=…`.")
    return 0


def _smoke(what: str) -> int:
    from devstack.deployment.smoke import smoke

    return 0 if smoke(what, os.environ.get("ORIGIN", "")) else 1


def _admin(what: str) -> int:
    os.environ["STAGE"] = stage_named(what)  # the tables' names have it
    from devstack.deployment import admin

    form = {name: os.environ.get(f"ADMIN_{name.upper()}", "") for name in admin.FORM}
    if not form["password"] and sys.stdin.isatty():
        form["password"] = getpass("Password for the Admin (not shown): ")
    print(admin.make(form))
    return 0


COMMANDS: Final[dict[str, Callable[[str], int]]] = {
    "admin": _admin,
    "deploy": _deploy,
    "package": _package,
    "resources": _resources,
    "secrets": _secrets,
    "smoke": _smoke,
}

if __name__ == "__main__":
    sys.exit(main())
