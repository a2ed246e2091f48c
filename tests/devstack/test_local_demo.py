"""`make demo`: it succeeds only if all of it happened."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.stack import ROOT

pytestmark = pytest.mark.stack


def demo(picture: Path, changes: str = "") -> "subprocess.CompletedProcess[str]":
    program = f"""
import sys
from pathlib import Path
from devstack import demo
demo.ROOT = Path({str(picture.parent)!r})
demo.PICTURE = Path({str(picture)!r})
{changes}
sys.exit(demo.main())
"""
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True
    )


def test_a_ticket_is_bought_and_a_cancelled_seat_comes_back(tmp_path):
    done = demo(tmp_path / "ticket.png")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "All of it happened" in done.stdout
    assert (tmp_path / "ticket.png").read_bytes().startswith(b"\x89PNG")


def test_a_purchase_that_goes_wrong_is_told_and_fails_the_demo(tmp_path):
    done = demo(tmp_path / "ticket.png", changes='demo.PAYS = "254700001037"')

    assert done.returncode == 1
    assert done.stderr.strip() == "The demo failed: the payment is Failed, not Completed"
    assert not (tmp_path / "ticket.png").exists()
