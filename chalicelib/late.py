"""Rooms are entered late: a module is run when something of it is first used, not when it is imported.

A container serves a few kinds of requests, and each needs a few modules; to run all of them at its start
costs 20 ms of CPU, a twelfth of it (docs/decisions/0056). Imports are written as ever. After `from
chalicelib.catalog import editing` the first `editing.…` runs it; `from chalicelib.catalog.models import
Event` does so at once. So a room's `routes.py` imports use cases as modules, and by name only what its
declarations are made of.
"""

import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from threading import RLock
from types import ModuleType
from typing import Any, Final, cast

_ROOMS: Final = f"{__package__}."
_entering: Final = RLock()  # Lambda has one request at a time, the local server has threads
#: Modules that this thread is running, each for the one before it.
_running: Final[list[ModuleType]] = []


class _Late(ModuleType):
    """A module that has not been run. Who asks for anything but what Python itself notes of it has it run."""

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):
            enter(self)
        return ModuleType.__getattribute__(self, name)  # it is no `_Late` any more


class _Loader(SourceFileLoader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Late(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Not yet."""

    def run(self, module: ModuleType) -> None:
        super().exec_module(module)


class _Finder:
    @staticmethod
    def find_spec(name: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if not name.startswith(_ROOMS):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader) and not spec.submodule_search_locations:
            spec.loader = _Loader(name, spec.loader.path)
        return spec


def enter(module: ModuleType) -> None:
    """Run a module of ours, unless it has been; who comes meanwhile waits until it is whole.

    Raises:
        Exception: what it raised; the next to come tries again.
    """
    with _entering:
        if not isinstance(module, _Late) or module in _running:
            return
        _running.append(module)
        try:
            cast(_Loader, module.__loader__).run(module)
            cast(Any, module).__class__ = ModuleType
        finally:
            _running.remove(module)


def waiting() -> set[str]:
    """The names of modules that have been imported, and not run."""
    return {name for name, module in sys.modules.items() if isinstance(module, _Late)}


def install() -> None:
    """From now on."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, cast(Any, _Finder))
