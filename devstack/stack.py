"""The whole service on one machine, as an object: `make run`, `make demo` and the tests start the same."""

import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO

from devstack.docs_assets import DOCS_ASSETS
from devstack.frontend import Frontend
from devstack.part import Part, PartFailed, answers, has_succeeded, says
from devstack.ports import free_ports

#: The project's folder: where `app.py` is.
ROOT: Final = Path(__file__).resolve().parent.parent
#: The parts, in the order they start; they stop in the reverse one.
PARTS: Final = ("emulator", "simulator", "api", "worker", "live")
#: The path of the WebSockets.
LIVE_PATH: Final = "/live"
#: How often the scheduled handlers are called here, in seconds.
RECONCILE_SECONDS: Final = "5"


class PortTaken(Exception):
    """A port somebody asked for is in use; the text says what to do."""


class StateTaken(Exception):
    """Another stack uses the same state; the text says what to do."""


class Stack:
    """Emulator, simulator, HTTP server, worker and WebSocket server, each a process of its own.

    ```
    with Stack(env={"HOLD_SECONDS": "3"}) as stack:
        requests.get(f"{stack.url}/events", timeout=5)
    ```

    Args:
        env: settings of the service, over those of the stack.
        state: the folder that keeps data and logs; without it, both go into a temporary one.
        demo: load demo data into empty tables.
        port: of the HTTP server; a free one where None, as for `simulator_port` and `live_port`.
        frontend: the folder of a front end's build to serve on the same origin.
        slow_motion: keep to DynamoDB's limits, so many times slower; without it there are none.
        faulty: let AWS fail by the chances that are put to the emulator's `/_front/faults` (`faults.py`).
        parts: which to run; tables and queues are made with the emulator in any case.
        workers: how many processes work off queues and schedule: "worker", "worker-2" and so on.
        project: the folder with `app.py` and `chalicelib`.
    """

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        *,
        state: Path | None = None,
        demo: bool = False,
        port: int | None = None,
        simulator_port: int | None = None,
        live_port: int | None = None,
        frontend: Path | None = None,
        slow_motion: float | None = None,
        faulty: bool = False,
        parts: Sequence[str] = PARTS,
        workers: int = 1,
        project: Path = ROOT,
    ) -> None:
        _check_ports({"PORT": port, "SIMULATOR_PORT": simulator_port, "LIVE_PORT": live_port})
        if frontend:
            Frontend(frontend)  # says what is wrong with the folder, before anything starts
        self._kept = state
        self._demo = demo
        self._frontend = frontend.resolve() if frontend else None
        self._slow_motion = slow_motion
        self._faulty = faulty
        self._project = project
        self._temporary = None if state else Path(tempfile.mkdtemp(prefix="tiketi-"))
        self.folder: Path = (state or self._temporary or ROOT).resolve()
        chosen = {"simulator": simulator_port, "api": port, "live": live_port}
        free = dict(zip(("emulator", "connections", *chosen), free_ports(2 + len(chosen)), strict=True))
        self._ports = free | {part: number for part, number in chosen.items() if number}
        self.environment: dict[str, str] = {**self._own_settings(), **(env or {})}
        more = [f"worker-{number}" for number in range(2, workers + 1)]
        self._parts = {name: self._part(name) for name in (*parts, *more)}
        self._provision = self._part("provision")
        self._lock: TextIO | None = None

    @property
    def url(self) -> str:
        """Where the service is."""
        return f"http://127.0.0.1:{self._ports['api']}"

    @property
    def simulator_url(self) -> str:
        """Where the Daraja simulator is."""
        return f"http://127.0.0.1:{self._ports['simulator']}"

    @property
    def live_url(self) -> str:
        """Where the WebSockets are."""
        return f"ws://127.0.0.1:{self._ports['live']}{LIVE_PATH}"

    @property
    def aws_endpoint(self) -> str:
        """Where DynamoDB, SQS and S3 are."""
        return f"http://127.0.0.1:{self._ports['emulator']}"

    @property
    def connections_url(self) -> str:
        """Where the application sends to WebSockets: a stand-in of API Gateway's management API."""
        return f"http://127.0.0.1:{self._ports['connections']}"

    @property
    def logs(self) -> Path:
        """The folder with a log file for each part."""
        return self.folder / "log"

    def __enter__(self) -> Self:
        self.start_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start_all(self) -> None:
        """Start everything and wait until it works.

        All parts start at once, since nearly all of the time goes into Python's imports: the worker waits
        for its queues, and nobody calls the HTTP server before the tables are there.

        Raises:
            PartFailed: a part did not start; the others have been stopped.
            StateTaken: another stack runs on the same state.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        try:
            self._lock_state()
            for part in (*self._parts.values(), self._provision):
                part.keep_old_log()
                part.start()
            for part in (*self._parts.values(), self._provision):
                self._await_ready(part)
        except BaseException:
            self.stop()
            raise

    def _lock_state(self) -> None:
        self._lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StateTaken(f"Another stack runs on {self.folder}; stop that one first.") from None

    def _await_ready(self, part: Part) -> None:
        try:
            part.await_ready()
        except PartFailed:
            dead = self.dead()  # what ended may be the reason why another is not ready
            if dead and dead is not part:
                dead.await_ready()
            raise

    def stop(self) -> None:
        """End all parts: first those that use the emulator, then the emulator, which saves its state."""
        users = [part for name, part in self._parts.items() if name != "emulator"]
        for part in (self._provision, *users):
            part.ask_to_stop()
        for part in (self._provision, *users):
            part.await_end()
        if "emulator" in self._parts:
            self._parts["emulator"].ask_to_stop()
            self._parts["emulator"].await_end()
        if self._lock:
            self._lock.close()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def kill(self, part: str) -> None:
        """End a part by SIGKILL, as a crash would."""
        self._parts[part].kill()

    def end(self, part: str) -> None:
        """Let a part finish what it has in hand and end, as a deployment would."""
        self._parts[part].ask_to_stop()
        self._parts[part].await_end()

    def start(self, part: str) -> None:
        """Start a part again after `kill` or `end`, on the port it had, and wait until it works."""
        self._parts[part].start()
        self._parts[part].await_ready()

    def process_id(self, part: str) -> int:
        """The part's process, for tests that measure or signal it."""
        process = self._parts[part].process
        if process is None:
            raise LookupError(f"{part} was not started")
        return process.pid

    def log(self, part: str) -> str:
        """What the part has written since its last start; `provision` makes the tables and demo data."""
        return (self._provision if part == "provision" else self._parts[part]).output()

    def dead(self) -> Part | None:
        """A part that has ended though nobody stopped it, if any."""
        return next((part for part in self._parts.values() if part.ended()), None)

    def _part(self, name: str) -> Part:
        emulator = ["devstack.emulator", "--port", str(self._ports["emulator"])]
        if self._kept:
            emulator += ["--state", str(self.folder / "state")]
        if self._slow_motion:
            emulator += ["--slow-motion", str(self._slow_motion)]
        if self._faulty:
            emulator += ["--faulty"]
        api = ["devstack.server", "--port", str(self._ports["api"])]
        if self._frontend:
            api += ["--frontend", str(self._frontend)]
        simulator = ["devstack.daraja_simulator", "--port", str(self._ports["simulator"])]
        live = ["devstack.live", "--port", str(self._ports["live"])]
        live += ["--connections-port", str(self._ports["connections"])]
        provision = ["devstack.provision", *(["--demo"] if self._demo else [])]
        command, ready = {
            "emulator": (emulator, answers(f"{self.aws_endpoint}/_ministack/health")),
            "simulator": (simulator, answers(f"{self.simulator_url}/simulator/health")),
            "api": (api, answers(f"{self.url}/health")),
            "worker": (["devstack.worker"], says("ready")),
            "live": (live, answers(f"{self.connections_url}/@connections/none")),
            "provision": (provision, has_succeeded),
        }[name.partition("-")[0]]
        return Part(name, command, self._child_environment(), self._project, self.logs / f"{name}.log", ready)

    def _own_settings(self) -> dict[str, str]:
        return {
            "STAGE": "local",
            "PUBLIC_URL": self.url,
            "DARAJA_BASE_URL": self.simulator_url,
            "RECONCILE_SECONDS": RECONCILE_SECONDS,
            "DOCS_ASSETS": DOCS_ASSETS,
            "CALLBACK_ARCHIVE": str(self.folder / "callbacks"),
            "MAIL_FOLDER": str(self.folder / "mail"),
            "LIVE_URL": self.live_url,
            "CONNECTIONS_URL": self.connections_url,
            "AWS_ENDPOINT_URL": self.aws_endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
            # Nothing of this machine's own AWS set-up may count, nor a proxy stand between the parts.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def _child_environment(self) -> dict[str, str]:
        outside = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        path = os.pathsep.join(dict.fromkeys([str(self._project), str(ROOT)]))
        return {**outside, **self.environment, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def _check_ports(wanted: Mapping[str, int | None]) -> None:
    """Raise `PortTaken` where two settings have the same port, or one is in use."""
    settings: dict[int, str] = {}
    for setting, port in wanted.items():
        if port is None:
            continue
        if port in settings:
            both = f"{settings[port]} and {setting} are both {port}"
            raise PortTaken(f"{both}; give one of them another number.")
        settings[port] = setting
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                advice = f"stop what uses it or run `make run {setting}={port + 10}`."
                raise PortTaken(f"Port {port} is taken; {advice}") from None
