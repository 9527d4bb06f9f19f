"""How the tests are kept: small files, and unit tests that need neither browser nor site."""

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LONGEST = 800  # lines

# Playwright cannot be imported, and there is no site: what `pytest tests/unit` must do without.
BLOCKED = f"""
import sys
sys.modules["playwright"] = None
sys.modules["playwright.sync_api"] = None
import pytest
class NoSite:
    def pytest_configure(self, config):
        import site_helpers
        site_helpers.SITE = site_helpers.SITE / "not built"
sys.exit(pytest.main(
    ["--collect-only", "--quiet", "-p", "no:cacheprovider", {str(TESTS / "unit")!r}], [NoSite()]))
"""


@pytest.mark.parametrize("folder", ["unit", "browser", "pages"])
def test_no_file_is_too_long_to_read(folder: str) -> None:
    lines = {
        file.name: len(file.read_text(encoding="utf-8").splitlines())
        for file in (TESTS / folder).rglob("*.py")
    }
    assert lines
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}


def test_unit_tests_need_no_browser_and_no_site() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], cwd=TESTS.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
