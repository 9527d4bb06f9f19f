"""Executed notebooks are kept between builds, for as long as what they compute with is the same."""

import hashlib
import os
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from nwbook.paths import ROOT


def fingerprint(root: Path = ROOT) -> str:
    """A hash of all that a notebook's outputs depend on besides its own cells."""
    # Not Python alone: a widget's outputs carry its JavaScript and its style sheet.
    package = (file for file in (root / "nwcore").rglob("*") if "__pycache__" not in file.parts)
    digest = hashlib.sha256()
    measured = [root / "frameworks" / "results.json", root / "benchmarks" / "scale.json"]
    read = [root / "constraints.txt", *measured]
    for file in [*read, *sorted(filter(Path.is_file, package))]:
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def choose_cache(app: Sphinx, config: Config) -> None:
    """Point MyST-NB to a cache that belongs to the present nwcore.

    The cache alone compares cells, so a change in nwcore would leave old numbers in the pages.
    """
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = caches / fingerprint()
    for stale in caches.glob("*") if caches.is_dir() else ():
        if stale != current and stale.is_dir():
            shutil.rmtree(stale)
    config.nb_execution_cache_path = str(current)


def setup(app: Sphinx) -> None:
    os.environ["TQDM_DISABLE"] = "1"  # a page shows the end of a run, not how far it is
    # Editions are built side by side, of small tensors: more threads only wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    app.connect("config-inited", choose_cache, priority=100)
