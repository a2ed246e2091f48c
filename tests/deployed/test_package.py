"""What is in the packages, and how large they are; no emulator is needed, but a package registry."""

import json
import re
import sys
import zipfile

import pytest

from chalicelib.core.stage import DEPLOYED
from devstack.deployment import packaging, wheels
from devstack.stack import ROOT

#: Nothing whose name begins so is ever run.
STRANGERS = (
    "pip", "setuptools", "wheel", "click", "inquirer", "blessed", "yaml", "cffi", "pycparser", "chalice/cli",
    "chalice/deploy", "tests", "devstack", "flask", "moto", "pytest", "bin", "share", ".chalice",
    "boto3/data",
)  # fmt: skip


#: What tickets are written with, and its licence, which has to come along.
LETTERS = ("chalicelib/tickets/drawing/letters.json", "chalicelib/tickets/drawing/letters.LICENSE")

#: The builds that were made here.
seen: set[str] = set()


@pytest.fixture(scope="module", params=DEPLOYED)
def package(request, tmp_path_factory):
    return packaging.package(request.param, tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def names(package):
    with zipfile.ZipFile(package.code) as code:
        return code.namelist()


def test_the_application_and_its_libraries_are_there(names):
    ours = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "chalicelib").rglob("*.*")
        if path.is_file() and path.suffix != ".pyc"
    }
    libraries = {name.partition("/")[0].partition(".")[0] for name in names}

    assert {"app.py", "chalice/app.py", *ours} <= set(names)
    assert set(LETTERS) <= set(names)
    assert {"boto3", "botocore", "jwt", "nacl", "pydantic", "pydantic_core", "pynamodb", "segno"} <= libraries


def test_every_library_has_the_pinned_version(names):
    metadata = {name.partition("/")[0].lower().replace("-", "_") for name in names if ".dist-info/" in name}
    pins = [pin.lower().replace("-", "_") for pin in wheels.pins(ROOT / "requirements.txt")]
    pruned = {"cffi", "pycparser"}

    for pin in pins:
        name, _, version = pin.partition("==")
        assert name in pruned or f"{name}_{version}.dist_info" in metadata


def test_nothing_is_there_that_does_not_run(names):
    assert not [name for name in names if name.startswith(tuple(f"{stranger}/" for stranger in STRANGERS))]
    services = {match[1] for name in names if (match := re.match(r"botocore/data/([^/]+)/", name))}
    assert services == set(wheels.SERVICES)


def test_modules_come_with_bytecode_that_names_no_folder_of_this_machine(package, names):
    tag = sys.implementation.cache_tag
    modules = [name for name in names if name.startswith(("chalicelib/", "botocore/", "pydantic/"))]
    sources = {name for name in modules if name.endswith(".py")}

    compiled = {
        name.replace("__pycache__/", "").replace(f".{tag}.pyc", ".py")
        for name in modules
        if name.endswith(f".{tag}.pyc")
    }
    assert len(sources) > 100
    assert sources == compiled
    with zipfile.ZipFile(package.code) as code:
        assert b"/var/task/chalicelib/core/ids.py" in code.read(f"chalicelib/core/__pycache__/ids.{tag}.pyc")


def test_compiled_files_are_for_lambda(names):
    compiled = [name for name in names if name.endswith(".so")]

    assert len(compiled) >= 3
    assert wheels.foreign(compiled) == []


def test_it_is_small(package):
    """11.2 MB, and 32 unzipped, in November 2026."""
    with zipfile.ZipFile(package.code) as code:
        unzipped = sum(file.file_size for file in code.infolist())

    assert 1_000_000 < package.code.stat().st_size < 13_000_000
    assert unzipped < 36_000_000


def test_the_template_is_the_stages_and_says_which_build_it_is(package):
    template = json.loads(package.template.read_text())
    functions = {
        name: it["Properties"]
        for name, it in template["Resources"].items()
        if it["Type"] == "AWS::Lambda::Function"
    }

    assert functions.keys() == {
        "APIHandler",
        "Settle",
        "Push",
        "Unwind",
        "Deliver",
        "Refund",
        "Reconcile",
        "Index",
        "Mend",
        "Notice",
        "Tell",
        "WebsocketConnect",
        "WebsocketMessage",
        "WebsocketDisconnect",
    }
    for function in functions.values():
        variables = function["Environment"]["Variables"]
        own = {name: variables[name] for name in ("CALLBACK_ARCHIVE", "CONNECTIONS_URL") if name in variables}
        assert variables == {"STAGE": package.stage, "BUILD": package.build, **own}
    assert having(functions, "CALLBACK_ARCHIVE") == {"Settle"}
    assert having(functions, "CONNECTIONS_URL") == {"Tell", "WebsocketMessage"}
    assert {name: it["Timeout"] for name, it in functions.items()} == {
        "APIHandler": 28,
        "Settle": 10,
        "Push": 28,
        "Unwind": 28,
        "Refund": 28,
        "Deliver": 28,
        "Reconcile": 60,
        "Index": 28,
        "Mend": 60,
        "Notice": 28,
        "Tell": 28,
        "WebsocketConnect": 10,
        "WebsocketMessage": 28,
        "WebsocketDisconnect": 28,
    }


def having(functions, variable):
    return {name for name, it in functions.items() if variable in it["Environment"]["Variables"]}


def test_no_secret_and_no_path_of_this_machine_is_in_the_template(package):
    text = package.template.read_text()

    assert str(ROOT) not in text
    assert "local-development-only" not in text


def test_the_same_code_gets_the_same_name_on_every_stage_and_every_time(package):
    seen.add(package.build)

    assert len(seen) == 1
