"""`python -m devstack.daraja_simulator [--port 8001]`: run until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from .config import Config, WrongConfig, port_from
from .server import running


def main() -> int:
    """Run the simulator; the exit status is 0 after a signal, 1 for a taken port, 2 for a wrong setting."""
    stop = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: stop.set())
    try:
        port = _port_argument(port_from(os.environ))
        with running(Config.from_environment(os.environ), port) as simulator:
            print(f"Daraja simulator: {simulator.url}", flush=True)
            stop.wait()
    except WrongConfig as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Cannot listen on port {port}: {error.strerror}. Choose another with --port.", file=sys.stderr)
        return 1
    return 0


def _port_argument(default: int) -> int:
    parser = argparse.ArgumentParser(prog="daraja_simulator", description="A local stand-in for Daraja.")
    parser.add_argument(
        "--port", type=int, default=default, help=f"default {default} (SIMULATOR_PORT); 0 means any free one"
    )
    port: int = parser.parse_args().port
    if not 0 <= port <= 65535:
        raise WrongConfig(f"--port must be a number from 0 to 65535, not {port}.")
    return port


if __name__ == "__main__":
    sys.exit(main())
