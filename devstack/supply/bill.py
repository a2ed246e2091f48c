"""The bill of materials of what is deployed: CycloneDX 1.6, as JSON."""

import hashlib
import json
import uuid
from datetime import date
from pathlib import Path
from typing import Any, Final

from devstack.supply import ROOT
from devstack.supply.licences import INCLUDED, Included, licence_of
from devstack.supply.locked import Pin

_NAME: Final = "tiketi-tamasha"


def bill(packaged: list[Pin], made_on: date, version: str) -> dict[str, Any]:
    """What the package holds that others made.

    Args:
        packaged: what is locked of it.
        made_on: when that was locked; the same lock gives the same bill.
        version: of ours.
    """
    components = [*map(_package, packaged), *map(_included, INCLUDED)]
    us = {
        "type": "application",
        "bom-ref": _NAME,
        "name": _NAME,
        "version": version,
        "licenses": _licences("MIT"),
    }
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, json.dumps([version, components]))}",
        "version": 1,
        "metadata": {"timestamp": f"{made_on}T00:00:00Z", "component": us},
        "components": components,
        "dependencies": [{"ref": _NAME, "dependsOn": [one["bom-ref"] for one in components]}],
    }


def write(bill_of: dict[str, Any], folder: Path) -> Path:
    """Write it as `sbom.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sbom.json"
    path.write_text(json.dumps(bill_of, indent=1) + "\n", encoding="utf-8")
    return path


def _package(pin: Pin) -> dict[str, Any]:
    purl = f"pkg:pypi/{pin.name}@{pin.version}"
    # A component has one digest of each kind, a package one for each system: those stand as properties.
    return {
        "type": "library",
        "bom-ref": purl,
        "name": pin.name,
        "version": pin.version,
        "purl": purl,
        "licenses": _licences(licence_of(pin)),
        "properties": [{"name": "tiketi:file-sha256", "value": digest} for digest in pin.digests],
    }


def _included(one: Included) -> dict[str, Any]:
    digest = hashlib.sha256((ROOT / one.path).read_bytes()).hexdigest()
    return {
        "type": "library",
        "bom-ref": one.purl,
        "name": one.name,
        "version": one.version,
        "purl": one.purl,
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "licenses": _licences(one.licence),
    }


def _licences(expression: str) -> list[dict[str, Any]]:
    if " " in expression:
        return [{"expression": expression}]
    return [{"license": {"id": expression}}] if expression else []
