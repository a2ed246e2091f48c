"""What we take from others: pinned by digest, under licences that go with ours, and asked after."""

import hashlib
import json
import re
import shutil
import subprocess
from datetime import date, timedelta

import pytest

from devstack.deployment import Stopped, wheels
from devstack.supply import ROOT, advisories, bill, leaks, licences, locked
from devstack.supply.__main__ import packaged
from devstack.supply.locked import Pin

PINS = locked.read()
TODAY = date(2026, 11, 26)
PIN = Pin("requests", "2.34.2", "", ("a" * 64,))


def test_everything_that_is_wanted_is_locked():
    assert locked.complaints() == []
    assert locked.locked_on() > date(2026, 1, 1)
    assert len({(pin.name, pin.version) for pin in PINS}) == len(PINS)


def test_every_package_is_locked_for_the_systems_that_we_run_on():
    """One file for all systems, or the sources, or one for each of Linux on both processors and macOS."""
    lock = locked.LOCK.read_text()
    assert "--index-url" not in lock
    assert "://" not in lock
    assert all(len(pin.digests) >= 1 and len(set(pin.digests)) == len(pin.digests) for pin in PINS)
    compiled = {"cffi", "pydantic-core", "pynacl", "cryptography", "greenlet", "rpds-py", "pyyaml"}
    assert all(len(pin.digests) > 10 for pin in PINS if pin.name in compiled)


@pytest.mark.parametrize(
    ("wants", "says"),
    [
        ("requests==9.9.9\n", "requests==9.9.9, which is not locked"),
        ("requests\n", "does not pin requests"),
        ("requests>=2\n", "does not pin requests"),
        ("leftpad==1.0\n", "leftpad==1.0, which is not locked"),
    ],
)
def test_a_requirement_that_is_not_locked_is_told(tmp_path, wants, says):
    (tmp_path / "requirements.txt").write_text("requests==2.34.2\n")
    (tmp_path / "requirements-dev.txt").write_text(f"-r requirements.txt\n{wants}")
    (tmp_path / "requirements.lock").write_text(f"{PIN.line}\n")

    assert [one for one in locked.complaints(tmp_path) if says in one]


def test_a_pin_without_a_digest_is_told(tmp_path):
    for name in locked.WANTED:
        (tmp_path / name).write_text("")
    (tmp_path / "requirements.lock").write_text("requests==2.34.2\n")

    assert locked.complaints(tmp_path) == ["requests has no digest."]


def test_pip_refuses_a_file_whose_digest_is_not_locked(tmp_path):
    """With a package of our own, from a folder: the control is that the right digest is taken."""
    import sys
    import zipfile

    wheel = tmp_path / "ours-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        made.writestr("ours.py", "")
        made.writestr("ours-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: ours\nVersion: 1.0\n")
        made.writestr("ours-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        made.writestr("ours-1.0.dist-info/RECORD", "")
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()

    def installs(digest: str) -> int:
        listed = tmp_path / "requirements.lock"
        listed.write_text(Pin("ours", "1.0", "", (digest,)).line)
        pip = [sys.executable, "-m", "pip", "install", "--no-index", f"--find-links={tmp_path}", "--dry-run"]
        return subprocess.run([*pip, "--require-hashes", "-r", str(listed)], capture_output=True).returncode

    assert installs(right) == 0
    assert installs("0" * 64) == 1


def test_what_is_deployed_is_fetched_by_digest(tmp_path):
    lines = wheels._locked(wheels.pins(ROOT / "requirements.txt"), locked.LOCK)
    assert len(lines) > 10
    assert all(re.search(r"==\S+( ; .*)? --hash=sha256:[0-9a-f]{64}", line) for line in lines)

    lock = tmp_path / "requirements.lock"
    lock.write_text(f"{PIN.line}\n")
    with pytest.raises(Stopped, match="lacks boto3"):
        wheels._locked(["boto3==1.0"], lock)


def test_every_licence_goes_with_ours():
    assert licences.complaints(PINS, {pin.name for pin in packaged(PINS)}) == []


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("BSD-3-Clause AND Apache-2.0", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("LGPL-2.1-only", False),
        ("SSPL-1.0", False),
        ("CC-BY-NC-4.0", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_which_licences_go(expression, allowed):
    assert licences.is_allowed(expression) == allowed


def test_what_others_wrote_and_is_in_the_repository_is_listed_with_its_licence():
    folder = ROOT / "chalicelib" / "tickets" / "page" / "vendor"
    listed = {path for one in licences.INCLUDED for path in (one.path, one.licence_file)}

    assert {str(path.relative_to(ROOT)) for path in folder.iterdir()} <= listed
    assert all((ROOT / path).is_file() for path in listed)


REGISTRY = {
    ("requests", "2.34.2"): {"vulnerabilities": [{"id": "PYSEC-1"}, {"id": "PYSEC-2", "withdrawn": "2026"}]},
    ("requests", ""): {"info": {"version": "2.34.2"}, "vulnerabilities": [{"id": "PYSEC-1"}]},
}


def asks(name, version):
    return REGISTRY.get((name, version))


def test_an_advisory_that_is_told_fails_the_audit():
    fresh = advisories.ask([PIN], asks)
    verdict = advisories.judge([PIN], fresh, {}, TODAY)

    assert verdict.vulnerable == {"requests==2.34.2": ["PYSEC-1"]}
    assert advisories.report(verdict, TODAY, TODAY)[0] == [
        "requests==2.34.2 has known vulnerabilities: PYSEC-1."
    ]


@pytest.mark.parametrize(
    ("newest", "told"),
    [
        (
            {"info": {"version": "2.34.2"}, "vulnerabilities": [{"id": "PYSEC-1"}]},
            {"requests==2.34.2": ["PYSEC-1"]},
        ),
        ({"info": {"version": "2.34.2"}, "vulnerabilities": []}, {"requests==2.34.2": []}),
        ({"info": {"version": "2.35.0"}, "vulnerabilities": []}, {}),  # of another release than ours
        ({"info": {"version": "2.34.2"}}, {}),
        ({"info": {"version": "2.34.2"}, "vulnerabilities": None}, {}),
        ({}, {}),
        (None, {}),
    ],
)
def test_a_mirror_that_tells_of_the_newest_release_tells_of_ours_if_that_is_it(newest, told):
    assert advisories.ask([PIN], lambda name, version: None if version else newest) == told


def test_without_a_network_what_was_known_counts_and_that_is_said_aloud():
    clean = advisories.judge([PIN], {}, {"requests==2.34.2": []}, TODAY)
    bad = advisories.judge([PIN], {}, {"requests==2.34.2": ["PYSEC-1"]}, TODAY)

    wrong, loud = advisories.report(clean, TODAY - timedelta(days=40), TODAY)
    assert wrong == []
    assert "NOBODY COULD BE ASKED" in loud[0]
    assert "40 days old" in loud[1]
    assert advisories.report(bad, TODAY, TODAY)[0]


def test_a_package_of_which_nobody_has_told_is_named():
    verdict = advisories.judge([PIN], {"other==1": []}, {}, TODAY)

    assert advisories.report(verdict, TODAY, TODAY) == ([], ["Nobody told of 1: requests==2.34.2."])


def test_what_is_told_now_counts_for_more_than_what_was_known():
    taken_back = advisories.judge([PIN], {"requests==2.34.2": []}, {"requests==2.34.2": ["PYSEC-1"]}, TODAY)

    assert taken_back.vulnerable == {}


def test_an_advisory_is_accepted_for_a_reason_and_until_a_day(monkeypatch):
    monkeypatch.setitem(advisories.ACCEPTED, "PYSEC-1", ("We never call it.", TODAY))
    known = {"requests==2.34.2": ["PYSEC-1"]}

    assert advisories.judge([PIN], {}, known, TODAY).vulnerable == {}
    assert advisories.judge([PIN], {}, known, TODAY + timedelta(days=1)).vulnerable == known


def test_the_registry_is_asked_once_a_day(tmp_path):
    asked = []

    def counting(name, version):
        asked.append(name)
        return asks(name, version)

    for _ in range(2):
        assert advisories.of_today([PIN], tmp_path, 0, counting)
    once = len(asked)
    advisories.of_today([PIN], tmp_path, 0, counting)
    assert len(asked) == once
    advisories.of_today([PIN._replace(version="3")], tmp_path, 0, counting)
    assert len(asked) > once


def test_what_is_known_is_of_what_is_locked():
    asked_on, known = advisories.last_known()

    assert asked_on >= date(2026, 11, 26)
    assert known.keys() <= {f"{pin.name}=={pin.version}" for pin in PINS}
    assert len(known) > 0.8 * len(PINS)
    assert not [pin for pin, ids in known.items() if ids]


#: Put together here, so that this file holds none of them.
PLANTED = {
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY" + "-----",
    "an AWS access key": "key = AK" + "IA" + "Q" * 16,
    "an AWS secret": "aws_secret" + "_access_key = " + "a/B+" * 10,
    "a GitHub token": "gh" + "p_" + "a1" * 18,
    "a Slack token": "xo" + "xb-1234567890-abc",
    "a Google key": "AI" + "za" + "b" * 35,
    "a Stripe key": "sk_" + "live_" + "c" * 24,
    "a registry token": "py" + "pi-AgE" + "d" * 60,
    "an Africa's Talking key": "at" + "sk_" + "e" * 64,
    "a signed token": "ey" + "J" + "a" * 20 + ".ey" + "J" + "b" * 20 + "." + "c" * 30,
    "a password in an address": "https:" + "//amina:secret@example.com",
    "a secret of ours": "JWT_" + "KEYS=20261126:" + "f" * 64,
}


@pytest.mark.parametrize("what", leaks.LOOKS)
def test_a_secret_of_each_kind_is_seen(what):
    assert leaks.in_text(f"some text\n{PLANTED[what]}\nmore") >= {what}
    assert leaks.in_text("export JWT_KEYS=…; https://example.com/a:b@c; private key; ghp_; sk_live_") == set()


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git to commit with")
def test_a_secret_that_was_committed_and_taken_out_again_is_seen(tmp_path):
    def git(*command):
        names = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *names, *command], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    file = tmp_path / "notes.txt"
    for text in ("harmless\n", PLANTED["an AWS access key"], "harmless\n"):
        file.write_text(text)
        git("add", "-A")
        git("commit", "-qm", "notes")

    assert leaks.complaints(tmp_path) == []
    (seen, *_) = leaks.complaints_of_history(tmp_path)
    assert re.fullmatch(r"Commit [0-9a-f]{12} has what seems to be an AWS access key.", seen)
    file.write_text(PLANTED["a private key"])
    assert leaks.complaints(tmp_path) == ["notes.txt seems to hold a private key."]


def test_without_git_all_files_but_those_made_here_are_looked_into(tmp_path, capsys):
    for folder in (".venv", "docs"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "notes.txt").write_text(PLANTED["a private key"])

    assert leaks.complaints(tmp_path) == ["docs/notes.txt seems to hold a private key."]
    assert leaks.complaints_of_history(tmp_path) == []
    assert "no history" in capsys.readouterr().err


def test_no_file_of_ours_holds_a_secret():
    assert leaks.complaints() == []


def test_the_bill_of_materials_lists_all_that_is_deployed(tmp_path):
    pins = packaged(PINS)
    made = bill.bill(pins, TODAY, "0.1.0")
    again = json.loads(bill.write(made, tmp_path).read_text())

    assert again == made == bill.bill(pins, TODAY, "0.1.0")
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    purls = [one["purl"] for one in made["components"]]
    assert len(set(purls)) == len(purls)
    assert {f"pkg:pypi/{pin.name}@{pin.version}" for pin in pins} < set(purls)
    assert "pkg:npm/jsqr@1.4.0" in purls
    assert all(one["licenses"] for one in made["components"])
    assert all(one.get("hashes") or one["properties"] for one in made["components"])
    assert set(made["dependencies"][0]["dependsOn"]) == {one["bom-ref"] for one in made["components"]}


def test_each_exception_from_the_security_rules_of_the_linter_says_why():
    """Ruff's `S` rules are bandit's (docs/decisions/0092)."""
    config = (ROOT / "pyproject.toml").read_text()
    assert '"S"' in config
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("chalicelib", "devstack", "bench")
        for path in (ROOT / folder).rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"# noqa: S\d+(?!.*(?: - |: )\S)", line) or re.search(r"# nosec\b", line)
    ]

    assert bare == []
