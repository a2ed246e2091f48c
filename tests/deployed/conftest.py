"""A deployment on ministack, made as `make secrets`, `make deploy` and `make admin` make one on AWS."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from devstack.deployment import deploying, secrets
from devstack.stack import ROOT
from tests.deployed.cloud import STAGE, Cloud
from tests.scenarios.shop import Shop

Make = Callable[[Mapping[str, str]], Cloud]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.deployed)
            item.add_marker(pytest.mark.timeout(300))


@contextmanager
def in_environment(values: Mapping[str, str]) -> Iterator[None]:
    """These variables for this process and its children, for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        yield


def run(command: list[str], cloud: Cloud, **more: str) -> str:
    """A command of the person who deploys; its output."""
    environment = {**os.environ, **cloud.environment, "STAGE": STAGE, **more}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def make_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Makes accounts with a deployment of the stage; `settings` are given over the usual ones."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the package is for Lambda's Linux on x86_64, and this machine cannot run it")
    clouds: list[Cloud] = []

    def make(settings: Mapping[str, str]) -> Cloud:
        cloud = Cloud(tmp_path_factory.mktemp("cloud"))
        cloud.__enter__()
        clouds.append(cloud)
        with in_environment(cloud.environment):
            secrets.complete(STAGE, {**cloud.given, **settings})
            deploying.deploy(STAGE, cloud.given)
        cloud.find()
        cloud.allow_more_than_aws_asks()
        cloud.name_the_connections()
        run(["-m", "devstack.deployment", "admin", STAGE], cloud, **FIRST_ADMIN)
        return cloud

    yield make
    for cloud in clouds:
        cloud.stop()


FIRST_ADMIN = {
    "ADMIN_EMAIL": "wanjiru@example.com",
    "ADMIN_USERNAME": "wanjiru",
    "ADMIN_PASSWORD": "A-long-passphrase-1",
    "ADMIN_PHONE_NUMBER": "0712345678",
}


@pytest.fixture(scope="session")
def cloud(make_cloud: Make) -> Cloud:
    """A deployment with demo data."""
    made = make_cloud({})
    run(["-c", "from devstack.demo_data import load; load()"], made)
    return made


@pytest.fixture(scope="session")
def shop(cloud: Cloud) -> Shop:
    return Shop(cloud)  # type: ignore[arg-type]  # it has what a shop needs of a stack
