"""Run a module as a child that cannot outlive its parent.

`python -m devstack.lifeline MODULE [ARGUMENT …]` runs MODULE as `python -m` would, and watches standard
input: a pipe whose other end the parent holds and never writes to. When the parent ends, even by SIGKILL,
the kernel closes that end; the child then asks itself to stop, and is gone a few seconds later in any case.
Unlike Linux's parent-death signal, this works on every Unix.
"""

import os
import runpy
import signal
import sys
import threading

#: How long a child that lost its parent may take to stop cleanly, in seconds.
GRACE_SECONDS = 5.0


def main() -> None:
    """Start the watch, then become the module named on the command line."""
    threading.Thread(target=_end_with_parent, name="lifeline", daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    end = threading.Timer(GRACE_SECONDS, os._exit, args=(1,))
    end.daemon = True
    end.start()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
