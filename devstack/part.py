"""One part of the local stack: a child process, its log file, and the question whether it is ready."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

#: Seconds a part may take to become ready, and to stop when asked.
START_SECONDS = 30.0
STOP_SECONDS = 10.0
#: Seconds between two questions.
POLL_SECONDS = 0.02
#: Lines of a log that an error shows.
TAIL_LINES = 20

_direct = build_opener(ProxyHandler({}))


class PartFailed(Exception):
    """A part ended or did not become ready; the text says which, and shows the end of its log."""


@dataclass
class Part:
    """A child process that runs one of our modules.

    Attributes:
        name: also the name of its log file.
        command: the module and its arguments.
        environment: all of the child's environment.
        folder: the current folder of the child, where it finds `app.py`.
        log: where its output goes, added to what is there.
        ready: asks whether it does its work now.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    ready: Callable[["Part"], bool]
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _log_start: int = field(default=0, init=False)

    def keep_old_log(self) -> None:
        """Put the log of the last run aside, so that logs do not grow for ever."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))

    def start(self) -> None:
        """Start it, without waiting until it is ready."""
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "devstack.lifeline", *self.command],
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.PIPE,  # the lifeline: it closes when we end, however we end
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that Ctrl-C reaches us only, and we stop the parts in order
            )

    def await_ready(self) -> None:
        """Return when it is ready.

        Raises:
            PartFailed: it ended, or needs too long.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self.ready(self):
            # It may have ended well since the question, so an end is asked about once more.
            if self.ended() and not self.ready(self):
                raise PartFailed(f"{self.name} ended with code {self.code} at its start.\n{self.tail()}")
            if time.monotonic() > deadline:
                raise PartFailed(f"{self.name} is not ready after {START_SECONDS:g} s.\n{self.tail()}")
            time.sleep(POLL_SECONDS)

    def ended(self) -> bool:
        """Whether it was started and has ended since."""
        return self.process is not None and self.process.poll() is not None

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self.process.returncode if self.process else None

    def ask_to_stop(self) -> None:
        """Send SIGTERM; `await_end` waits."""
        self._signal(signal.SIGTERM)

    def await_end(self) -> None:
        """Wait for its end, and force it after `STOP_SECONDS`."""
        if self.process is None:
            return
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        if self.process.stdin:
            with contextlib.suppress(OSError):
                self.process.stdin.close()

    def kill(self) -> None:
        """End it at once by SIGKILL, as a crash would, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        if self.process:
            self.process.wait()

    def _signal(self, number: int) -> None:
        if self.process and self.process.poll() is None:
            # It leads a group of its own, so this reaches what it may have started, too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def output(self) -> str:
        """What it has written since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode("utf-8", "replace")

    def tail(self) -> str:
        """The end of its output."""
        return "\n".join(f"  | {line}" for line in self.output().splitlines()[-TAIL_LINES:])


def answers(url: str) -> Callable[[Part], bool]:
    """The question whether an HTTP server answers at that URL, be it with an error."""

    def ask(_: Part) -> bool:
        try:
            _direct.open(url, timeout=2).close()
        except HTTPError as problem:
            problem.close()
        except OSError:
            return False
        return True

    return ask


def says(word: str) -> Callable[[Part], bool]:
    """The question whether the part has written that line."""
    return lambda part: word in part.output().splitlines()


def has_succeeded(part: Part) -> bool:
    """The question to a part that does one thing and ends."""
    return part.ended() and part.code == 0
