"""`python -m devstack run` starts the whole service; `python -m devstack demo` buys a ticket from one."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from dotenv import load_dotenv

from devstack import start_page
from devstack.demo_accounts import ACCOUNTS, PASSWORD
from devstack.part import PartFailed
from devstack.stack import ROOT, PortTaken, Stack, StateTaken

#: What the stack sets and `.env` may change, for example to use Safaricom's sandbox through a tunnel.
OPEN_TO_CHANGE = ("PUBLIC_URL", "DARAJA_BASE_URL", "RECONCILE_SECONDS")
PORT = 8000
SIMULATOR_PORT = 8001
LIVE_PORT = 8002
#: Seconds between two looks at whether every part still runs.
LOOK_SECONDS = 0.2


def main() -> int:
    """Do what the command line says; the exit code is 0 when all went well."""
    parser = argparse.ArgumentParser(
        prog="python -m devstack", description="The whole service on one machine."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start everything, and keep it running until Ctrl-C")
    commands.add_parser("demo", help="start everything elsewhere, buy a ticket over HTTP, and stop")
    command = parser.parse_args().command
    # All end it as Ctrl-C does; SIGINT too, which a script's background job is started without.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        return _run() if command == "run" else _demo()
    except (PortTaken, StateTaken, PartFailed, FileNotFoundError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if command == "run" else 1


def _demo() -> int:
    from devstack.demo import main as demo

    return demo()


def _run() -> int:
    load_dotenv(ROOT / ".env")
    frontend = os.environ.get("FRONTEND")
    stack = Stack(
        {name: os.environ[name] for name in OPEN_TO_CHANGE if os.environ.get(name)},
        state=ROOT / ".local",
        demo=True,
        port=_number("PORT", PORT),
        simulator_port=_number("SIMULATOR_PORT", SIMULATOR_PORT),
        live_port=_number("LIVE_PORT", LIVE_PORT),
        frontend=Path(frontend) if frontend else None,
    )
    started = time.monotonic()
    print("Starting ...", flush=True)
    try:
        stack.start_all()
        print(banner(stack, time.monotonic() - started, bool(frontend)), flush=True)
        return _watch(stack)
    except PartFailed as problem:
        raise PartFailed(f"{problem}\nThe logs: {os.path.relpath(stack.logs)}") from None
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave parts behind
        stack.stop()


def _number(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise PortTaken(f"{name}={value} is not a port: give a number from 1 to 65535.")
    return int(value)


def _watch(stack: Stack) -> int:
    while (dead := stack.dead()) is None:
        time.sleep(LOOK_SECONDS)
    told = f"The {dead.name} has ended with code {dead.code}; stopping the rest.\n{dead.tail()}"
    print(f"{told}\nIts log: {os.path.relpath(dead.log)}", file=sys.stderr)
    return 1


def banner(stack: Stack, seconds: float, frontend: bool) -> str:
    """What a newcomer wants to know, and no more."""
    api = stack.url
    rows = [
        ("Start page", f"{api}{start_page.PATH}   what runs where, and the e-mails and SMS that were sent"),
        ("API", f"{stack.url}   the front end is here too" if frontend else api),
        ("Documentation", f"{api}/docs"),
        ("Live availability", f"{stack.live_url}   a WebSocket: what is left of an event, as it changes"),
        ("M-Pesa simulator", f"{stack.simulator_url}/simulator/log   what it was asked, what it answered"),
        ("DynamoDB and SQS", stack.aws_endpoint),
        ("Accounts", ", ".join(ACCOUNTS.values())),
        ("Password", PASSWORD),
        ("Logs", str(os.path.relpath(stack.logs))),
    ]
    lines = [f"  {name:<17} {value}" for name, value in rows]
    loaded = stack.log("provision").strip().splitlines()
    if loaded:
        lines.append(f"  {'Demo data':<17} {loaded[-1]}")
    return "\n".join([f"Tiketi Tamasha runs, started in {seconds:.1f} s. Ctrl-C ends it.", "", *lines, ""])


if __name__ == "__main__":
    sys.exit(main())
