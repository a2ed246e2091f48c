"""The files that are made from the code and committed, so that a review sees what changes."""

import os
from pathlib import Path

from chalicelib.core import stage
from devstack.deployment import Stopped
from devstack.stack import ROOT


def written() -> dict[Path, str]:
    """What `make resources` writes into `.chalice`: each file, and its text."""
    _name_a_stage()
    from devstack.deployment import live
    from devstack.deployment.policies import policy
    from devstack.deployment.resources import as_text, resources

    folder = ROOT / ".chalice"
    policies = {folder / f"policy-{each}.json": as_text(policy(each)) for each in stage.DEPLOYED}
    policies |= {folder / f"policy-live-{each}.json": as_text(live.policy(each)) for each in stage.DEPLOYED}
    return {folder / "resources.json": as_text(resources()), **policies}


def pages() -> dict[Path, str]:
    """What `make resources` writes into `docs`: each page, and its text."""
    _name_a_stage()
    from devstack import authorization, limits_page
    from docs import make_data_model as data_model
    from docs import make_privacy as privacy
    from docs import make_threat_model as threat_model

    return {
        ROOT / "docs" / "authorization.md": authorization.page(),
        ROOT / "docs" / "limits.md": limits_page.page(),
        data_model.PAGE: data_model.page_with(data_model.PAGE.read_text(), data_model.made()),
        privacy.PAGE: privacy.page(),
        threat_model.PAGE: threat_model.page(),
    }


def check() -> None:
    """See that they are as the code is now: a table that they lack would not be there on AWS.

    Raises:
        Stopped: naming those that are not.
    """
    old = [path.name for path, text in written().items() if not path.exists() or path.read_text() != text]
    if old:
        raise Stopped(f"The code has changed since these were made: {', '.join(old)}. Run `make resources`.")


def _name_a_stage() -> None:
    if os.environ.get("STAGE") not in (stage.LOCAL, *stage.DEPLOYED):
        os.environ["STAGE"] = stage.LOCAL  # only so that the models may be imported
