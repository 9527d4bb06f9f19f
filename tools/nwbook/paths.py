"""Where the book's parts lie in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "assets"
EDITIONS = ROOT / "editions.yml"
WEB = ROOT / "web"
GUESS_STYLE = WEB / "guess" / "guess.css"
EXPLORERS_STYLE = ROOT / "nwcore" / "explorers" / "explorers.css"
NODE_MODULES = WEB / "node_modules"
