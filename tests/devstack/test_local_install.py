"""The sentences a newcomer may meet before anything runs, and not installing twice."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from devstack import install
from devstack.stack import ROOT


def test_an_old_python_is_told_what_is_needed_in_one_sentence():
    said = install.wrong_python((3, 9, 2))

    assert said is not None
    assert "3.11 or newer" in said
    assert "3.9.2" in said
    assert "\n" not in said


def test_a_new_enough_python_is_not_told_anything():
    assert install.wrong_python((3, 11, 0)) is None
    assert install.wrong_python((4, 0, 0)) is None


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(monkeypatch, missing):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else found(name))

    said = install.missing_modules()

    assert said is not None
    assert "-venv" in said
    assert "\n" not in said


def test_the_installer_can_be_read_by_old_pythons():
    ast.parse((ROOT / "devstack" / "install.py").read_text(), feature_version=(3, 6))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose requirements are installed; what would install is counted."""
    for name in install.REQUIREMENTS:
        (tmp_path / name).write_text(f"# {name}\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    installed = []
    monkeypatch.setattr(install, "install", lambda folder: installed.append(folder) or 0)
    assert install.main(str(tmp_path)) == 0
    installed.clear()
    return tmp_path, installed


def test_a_second_start_installs_nothing(project):
    folder, installed = project

    assert install.main(str(folder)) == 0

    assert installed == []


def test_changed_requirements_are_installed(project):
    folder, installed = project
    (folder / "requirements.lock").write_text("requests\n")

    assert install.main(str(folder)) == 0

    assert installed == [str(folder)]


def test_an_environment_whose_python_is_gone_is_made_again(project):
    folder, installed = project
    (folder / ".venv" / "bin" / "python").unlink()

    assert install.main(str(folder)) == 0

    assert installed == [str(folder)]


def test_a_failed_installation_is_tried_again(project, monkeypatch):
    folder, _ = project
    (folder / "requirements.lock").write_text("requests\n")
    codes = [1, 0]
    monkeypatch.setattr(install, "install", lambda folder: codes.pop(0))

    assert install.main(str(folder)) == 1
    assert install.main(str(folder)) == 0
    assert codes == []


def _make(target: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    variables = [f"{name}={value}" for name, value in environment.items()]
    return subprocess.run(["make", "-C", str(ROOT), target, *variables], capture_output=True, text=True)


def test_make_says_when_the_python_named_does_not_exist():
    done = _make("install", PYTHON="python-that-is-not-there")

    assert done.returncode != 0
    assert "install Python 3.11 or newer" in done.stdout


def test_make_passes_over_pythons_that_are_there_but_do_not_run(tmp_path: Path):
    for name in ("python3.14", "python3.13"):
        shim = tmp_path / name
        shim.write_text("#!/bin/sh\necho 'not installed' >&2\nexit 127\n")
        shim.chmod(0o755)
    done = subprocess.run(
        ["make", "-C", str(tmp_path), "-f", str(ROOT / "Makefile"), "-n", "install"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )

    assert "python3.14" not in done.stdout
    assert "python3.13" not in done.stdout
    assert "devstack/install.py" in done.stdout


def test_make_alone_lists_the_targets():
    listed = _make("help").stdout

    assert all(
        f"make {target} " in listed
        for target in ("install", "run", "demo", "test", "test-all", "check", "format", "clean")
    )
