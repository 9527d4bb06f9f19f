"""What is pinned in two places is pinned to one version."""

import json

from site_helpers import ROOT


def test_both_halves_of_anywidget_have_one_version() -> None:
    package = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    wanted = f"anywidget=={package['dependencies']['anywidget']}"
    for file in ("constraints.txt", "requirements.txt"):
        assert wanted in (ROOT / file).read_text(encoding="utf-8").splitlines()
