"""Where the book's parts lie in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "assets"
EDITIONS = ROOT / "editions.yml"
NODE_MODULES = ROOT / "web" / "node_modules"
