"""The house rules: which way imports point, how big a room may be, and that nothing is left undeclared."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from docs.make_threat_model import existing, named_in

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "chalicelib"
FILES = sorted(path for path in PACKAGE.rglob("*.py"))

#: Each room may use itself and those to its right.
ORDER = [
    "privacy",
    "reports",
    "delivery",
    "live",
    "payments",
    "offers",
    "tickets",
    "catalog",
    "accounts",
    "web",
    "core",
]


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return {name for name in found if name.startswith("chalicelib.")}


def room(module: str) -> str:
    return module.split(".")[1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    here = path.relative_to(PACKAGE).parts[0]
    if here.endswith(".py"):  # tables.py stands above all rooms
        return
    allowed = ORDER[ORDER.index(here) :]

    assert {room(name) for name in imports_of(path)} <= set(allowed)


def test_nothing_imports_routes_but_the_app():
    for path in FILES:
        assert not [name for name in imports_of(path) if ".routes" in name], path


def test_daraja_knows_nothing_of_the_rest():
    for path in (PACKAGE / "payments" / "daraja").glob("*.py"):
        assert all(name.startswith("chalicelib.payments.daraja") for name in imports_of(path)), path


def test_rules_need_no_aws():
    rules = (
        "payments.states",
        "payments.daraja.results",
        "payments.daraja.callbacks",
        "catalog.sales",
        "catalog.moves",
        "catalog.words",
        "catalog.matching",
        "catalog.capacity",
        "catalog.event_rules",
        "accounts.permissions",
        "core.phones",
        "tickets.admission",
        "offers.rules",
    )
    entered = "".join(f"import chalicelib.{name}; late.enter(chalicelib.{name}); " for name in rules)
    command = (
        f"import chalicelib; from chalicelib import late; {entered}"
        "import sys; print({'pynamodb', 'botocore', 'boto3', 'chalice'} & set(sys.modules), late.waiting())"
    )

    said = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )

    found, waiting = said.stdout.split(" ", 1)
    assert found == "set()"
    assert not [name for name in rules if f"chalicelib.{name}'" in waiting]


def test_there_are_no_circles():
    graph = {module_name(path): imports_of(path) for path in FILES}
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join([*way, module])
        if module in done or module not in graph:
            return
        for target in graph[module]:
            visit(target, (*way, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "devstack").rglob("*.py"))], ids=str)
def test_a_room_has_at_most_300_lines(path):
    assert len(path.read_text().splitlines()) <= 300


def test_the_app_is_seen_at_a_glance():
    assert len((ROOT / "app.py").read_text().splitlines()) < 120


def test_every_route_declares_who_may_call_it():
    import app
    from chalicelib.web.endpoint import PUBLIC, ROUTES, SIGNED_IN, SIGNED_IN_OR_LINK

    served = {(method, path) for path, methods in app.app.routes.items() for method in methods}
    permissions = re.compile(r"[a-z]+:[a-z]+")

    assert served == set(ROUTES)
    for route in ROUTES.values():
        assert route.allow in (PUBLIC, SIGNED_IN, SIGNED_IN_OR_LINK) or permissions.fullmatch(route.allow), (
            route
        )


def test_an_undeclared_route_would_be_found():
    """The control of the test above."""
    from chalice.app import Blueprint, Chalice

    from chalicelib.web.endpoint import ROUTES

    stray, other = Chalice("stray"), Blueprint(__name__)
    other.route("/stray")(lambda: {})
    stray.register_blueprint(other)

    assert ("GET", "/stray") not in ROUTES


def test_path_parts_are_literal_or_variable_and_variables_have_one_name():
    from chalicelib.web.endpoint import ROUTES

    names: dict[tuple[str, ...], str] = {}
    for _, path in ROUTES:
        parts = path.strip("/").split("/")
        for place, part in enumerate(parts):
            assert part.startswith("{") == part.endswith("}"), path
            assert "{" not in part.strip("{}"), path
            if part.startswith("{"):
                before = tuple("{}" if p.startswith("{") else p for p in parts[:place])
                assert names.setdefault(before, part) == part, path


def test_every_table_is_in_the_list():
    from pynamodb.models import Model

    from chalicelib import late
    from chalicelib.tables import TABLES

    for path in FILES:  # a model in a room that nobody has entered would not be seen
        late.enter(import_module(module_name(path)))
    ours = {model for model in Model.__subclasses__() if model.__module__.startswith("chalicelib.")}

    assert ours == set(TABLES)
    assert len({table.Meta.table_name for table in TABLES}) == len(TABLES)
    assert all(table.Meta.table_name.startswith("tiketi-local-") for table in TABLES)


def test_the_example_environment_lists_every_setting_with_its_default():
    from chalicelib.core.settings import DEFAULTS, LOCAL_SECRETS

    lines = (ROOT / ".env.example").read_text().splitlines()
    listed = dict(re.fullmatch(r"#?\s?([A-Z_]+)=(.*)", line).groups() for line in lines if "=" in line)
    ours = {"STAGE": "local", **DEFAULTS, **LOCAL_SECRETS} | {"RECONCILE_SECONDS": "5"}

    assert {name: listed.get(name) for name in ours} == ours


def test_every_test_that_the_docs_name_exists():
    pages = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
    named = {name for page in pages for name in named_in(page.read_text())}

    assert named
    assert named <= set(existing())
