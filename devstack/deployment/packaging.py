"""`make package`: the template and the package of a stage, as AWS gets them.

`build/<stage>/template.json` and `build/<stage>/package.zip`; nothing here needs an account or a secret.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chalicelib.core import stage
from devstack.deployment import Stopped, committed, plain, wheels
from devstack.stack import ROOT

#: Where packages and fetched wheels go.
BUILD: Final = ROOT / "build"
#: The largest package, in bytes: zipped (Lambda takes 50 MB directly) and unzipped (250 MB). Cold starts grow
#: with it, so ours are far smaller.
MOST_ZIPPED: Final = 20_000_000
MOST_UNZIPPED: Final = 50_000_000


@dataclass(frozen=True)
class Package:
    """What a stage is deployed from; `build` names the package's contents."""

    stage: str
    template: Path
    code: Path
    build: str

    @property
    def key(self) -> str:
        """The package's key in S3: other contents have another, by which CloudFormation sees a change."""
        return f"tiketi/{self.stage}/{self.build}.zip"


def stage_named(text: str) -> str:
    """The stage of that name.

    Raises:
        Stopped: it is none that can be deployed.
    """
    if text not in stage.DEPLOYED:
        raise Stopped(
            f"STAGE={text}: name one of {', '.join(stage.DEPLOYED)}, as in `make package STAGE=dev`."
        )
    return text


def package(stage_text: str, into: Path = BUILD) -> Package:
    """Make both, and check them.

    Raises:
        Stopped: the stage is unknown, a wheel is not to be had, or a check failed.
    """
    on_stage = stage_named(stage_text)
    committed.check()
    folder = into / on_stage
    folder.mkdir(parents=True, exist_ok=True)
    libraries = wheels.fetch(ROOT / "requirements.txt", BUILD / "wheels")
    with tempfile.TemporaryDirectory() as temporary:
        sam, zipped = _run_chalice(Path(temporary), on_stage, libraries)
        build = _digest(zipped)
        template = plain.plain(json.loads(sam.read_text()), on_stage, build)
        shutil.copyfile(zipped, folder / "package.zip")
    (folder / "template.json").write_text(json.dumps(template, indent=1) + "\n")
    made = Package(on_stage, folder / "template.json", folder / "package.zip", build)
    check(made)
    return made


def check(made: Package) -> None:
    """See that Lambda can load the package and CloudFormation can read the template.

    Raises:
        Stopped: one of them is wrong.
    """
    with zipfile.ZipFile(made.code) as code:
        files = code.infolist()
    strange = wheels.foreign([file.filename for file in files])
    if strange:
        raise Stopped(f"The package holds files that Lambda cannot load: {', '.join(strange)}.")
    zipped, unzipped = made.code.stat().st_size, sum(file.file_size for file in files)
    if zipped > MOST_ZIPPED or unzipped > MOST_UNZIPPED:
        raise Stopped(f"The package has grown to {zipped:,} bytes, {unzipped:,} unzipped: what came in?")
    lint(made.template)


def lint(template: Path) -> None:
    """Check a template with cfn-lint.

    Raises:
        Stopped: it found something.
    """
    command = [tool("cfn-lint"), "--non-zero-exit-code", "warning", "--template", str(template)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Stopped(f"cfn-lint says:\n{done.stdout.strip()}")


def tool(name: str) -> str:
    """A command of this virtual environment."""
    return str(Path(sys.executable).with_name(name))


def _run_chalice(folder: Path, on_stage: str, libraries: Path) -> tuple[Path, Path]:
    """Let Chalice package a copy that holds what runs and nothing else; its template, and its zip."""
    project = folder / "project"
    shutil.copytree(ROOT / "chalicelib", project / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))
    wheels.compile_in(project / "chalicelib", project)
    shutil.copyfile(ROOT / "app.py", project / "app.py")
    (project / ".chalice").mkdir()
    for settings in (ROOT / ".chalice").glob("*.json"):
        shutil.copyfile(settings, project / ".chalice" / settings.name)
    # Chalice puts `vendor` into the zip as it is. With requirements it would fetch those of its own commands
    # too, and go on where a wheel is not to be had; so it gets none.
    (project / "vendor").symlink_to(libraries, target_is_directory=True)
    (project / "requirements.txt").touch()
    command = [tool("chalice"), "package", "--stage", on_stage]
    command += ["--merge-template", ".chalice/resources.json", str(folder / "out")]
    done = subprocess.run(
        command,
        cwd=project,
        env=_bare_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise Stopped(f"chalice package failed:\n{done.stdout.strip()[-1500:]}")
    return folder / "out" / "sam.json", folder / "out" / "deployment.zip"


def _bare_environment() -> dict[str, str]:
    """Nothing of this machine's settings, and no bytecode, which would name this machine's folders."""
    kept = {name: value for name, value in os.environ.items() if name in ("HOME", "LANG", "PATH", "TMPDIR")}
    # Chalice wants a region, to spell the names of services; no call is made.
    return kept | {"AWS_DEFAULT_REGION": "eu-west-1", "PYTHONDONTWRITEBYTECODE": "1"}


def _digest(code: Path) -> str:
    """The name of the contents; times in the zip do not count, nor bytecode, which differs each time."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(code) as files:
        for name in sorted(name for name in files.namelist() if not name.endswith(".pyc")):
            digest.update(f"{name}\0{hashlib.sha256(files.read(name)).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]
