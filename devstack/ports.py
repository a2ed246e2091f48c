"""Ports of 127.0.0.1 for what is about to start, each for one process of ours only.

A port that was free a moment ago is free for others, too, until the part that it is for has bound it, which
takes seconds on a busy machine. Two stacks that chose the same one would share an emulator, and each would
take the other's for its own. So a chosen port is locked by a file for as long as whoever chose it lives.
"""

import contextlib
import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import TextIO

_held: list[TextIO] = []


def free_ports(count: int) -> list[int]:
    """So many different ports that nobody uses at the moment, and no other process of ours has chosen."""
    found: list[int] = []
    with contextlib.ExitStack() as open_sockets:
        while len(found) < count:
            each = open_sockets.enter_context(socket.socket())
            each.bind(("127.0.0.1", 0))
            port: int = each.getsockname()[1]
            if _take(port):
                found.append(port)
    return found


def _take(port: int) -> bool:
    """Take a port; False if somebody has it."""
    folder = Path(tempfile.gettempdir()) / f"tiketi-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    lock = (folder / str(port)).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return False
    _held.append(lock)
    return True
