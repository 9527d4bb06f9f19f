"""What building the package does first: bundle the explorers' JavaScript into it.

An editable install does so, too: an explorer works wherever nwcore can be imported. A source
distribution carries the bundles, and building a wheel from one needs no Node.
"""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleExplorers(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        bundler = Path(self.root, "tools", "bundle_explorers.py")
        if Path(self.root, "web").is_dir():
            runpy.run_path(str(bundler))["bundle"]()
