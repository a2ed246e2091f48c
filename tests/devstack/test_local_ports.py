"""Ports that are chosen at the same time by several processes."""

import subprocess
import sys

from devstack import ports
from devstack.stack import ROOT


def test_ports_are_different_and_free():
    assert len(set(ports.free_ports(20))) == 20


def test_a_port_that_one_process_has_chosen_is_no_other_ones():
    """It is free still: whoever chose it has not bound it yet."""
    (port,) = ports.free_ports(1)
    asked = f"from devstack import ports; print(ports._take({port}))"
    other = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert other.stdout == "False\n"
    assert not ports._take(port)
