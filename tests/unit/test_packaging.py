"""The package as it is installed: built, put where little else is, and used there."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib import metadata
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import nwcore
from nwbook.paths import ROOT
from nwcore.explorers import EXPLORERS

CLEAN_ENVIRONMENT = Path(__file__).with_name("clean_environment.py")


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def build(source: Path, folder: Path, *targets: str) -> list[Path]:
    """Build with the Hatchling that is installed here, which asks no network."""
    chosen = [part for target in targets for part in ("-t", target)]
    run(sys.executable, "-m", "hatchling", "build", *chosen, "-d", folder, cwd=source)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (path,) = build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")
    return path


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the source distribution, as an installer would that finds no wheel."""
    unpacked = tmp_path_factory.mktemp("source")
    shutil.unpack_archive(sdist, unpacked)
    (source,) = unpacked.iterdir()
    (path,) = build(source, tmp_path_factory.mktemp("wheel"), "wheel")
    return path


def description(wheel: Path) -> EmailMessage:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_bytes(archive.read(name), policy=policy.HTTP)


# Environments ------------------------------------------------------------------------------------


def required(requirements: list[str], extras: frozenset[str]) -> Iterator[Requirement]:
    for text in requirements:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            yield requirement


def everything_required(wheel: Path, extra: str) -> dict[str, metadata.Distribution]:
    """The installed distributions that a wheel requires, and those that they require."""
    found: dict[str, metadata.Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    ahead = [*required(description(wheel).get_all("Requires-Dist", []), frozenset({extra}))]
    while ahead:
        requirement = ahead.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        distribution = metadata.distribution(requirement.name)
        assert requirement.specifier.contains(distribution.version, prereleases=True), requirement
        found[key[0]] = distribution
        ahead += required(distribution.requires or [], frozenset(requirement.extras))
    return found


def link(distribution: metadata.Distribution, folder: Path) -> None:
    """Put links to what a distribution installed into another environment's folder."""
    for path in distribution.files or []:
        name = path.parts[0]
        if name != ".." and not (folder / name).exists():
            (folder / name).symlink_to(Path(str(distribution.locate_file(name))))


def environment(wheel: Path, folder: Path, extra: str = "") -> Path:
    """An environment of the wheel and what it requires; gives its Python."""
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=ROOT)
    (python,) = [*folder.glob("bin/python"), *folder.glob("Scripts/python.exe")]
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run(python, "-I", "-c", where, cwd=folder).stdout.strip())
    for distribution in everything_required(wheel, extra).values():
        link(distribution, packages)
    install = ("install", "--quiet", "--no-index", "--no-deps", "--no-compile", wheel)
    run(sys.executable, "-m", "pip", "--python", python, *install, cwd=folder)
    return python


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(wheel, tmp_path_factory.mktemp("alone"))


def test_it_computes_with_torch_numpy_and_scipy_alone(alone: Path, tmp_path: Path) -> None:
    run(alone, "-I", CLEAN_ENVIRONMENT, "alone", cwd=tmp_path)


def test_with_the_extra_it_draws_and_explores(wheel: Path, tmp_path: Path) -> None:
    python = environment(wheel, tmp_path / "book", extra="book")
    run(python, "-I", CLEAN_ENVIRONMENT, "book", cwd=tmp_path)


def test_with_the_extra_for_it_it_is_an_estimator(wheel: Path, tmp_path: Path) -> None:
    python = environment(wheel, tmp_path / "sklearn", extra="sklearn")
    run(python, "-I", CLEAN_ENVIRONMENT, "sklearn", cwd=tmp_path)


def test_a_package_too_many_would_be_seen(wheel: Path, tmp_path: Path) -> None:
    python = environment(wheel, tmp_path / "rich")
    (packages,) = (tmp_path / "rich").rglob("site-packages")
    link(metadata.distribution("tqdm"), packages)
    done = subprocess.run(
        [python, "-I", CLEAN_ENVIRONMENT, "alone"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "not as poor as it should be: ['tqdm']" in done.stderr


# What is in them ---------------------------------------------------------------------------------


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    listed = run(
        "git", "ls-files", "--cached", "--others", "--exclude-standard", "nwcore", cwd=ROOT
    )
    sources = re.compile(r"nwcore/explorers/(js/.*|[^/]*\.js)")  # the bundles are made of them
    package = {
        name
        for name in listed.stdout.splitlines()
        if (ROOT / name).is_file() and not sources.fullmatch(name)
    }
    bundles = {view.bundle or name for name, view in EXPLORERS.items()} | {"aside"}
    package |= {f"nwcore/explorers/static/{name}.js" for name in bundles}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    information = f"nwcore-{nwcore.__version__}.dist-info"
    assert {name for name in names if not name.startswith(information)} == package
    assert "nwcore/py.typed" in names
    assert f"{information}/licenses/LICENSE" in names


def test_the_source_distribution_holds_no_chapters_and_no_site(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        tops = {Path(name).parts[1] for name in archive.getnames()}
    assert tops - {".gitignore", "PKG-INFO"} == {
        *("nwcore", "tools", "CHANGELOG.md", "LICENSE", "README.md"),
        *("hatch_build.py", "pyproject.toml"),
    }


def test_versions_agree(wheel: Path, sdist: Path, alone: Path, tmp_path: Path) -> None:
    program = (
        "import importlib.metadata as m, nwcore; print(nwcore.__version__, m.version('nwcore'))"
    )
    assert run(alone, "-I", "-c", program, cwd=tmp_path).stdout.split() == [nwcore.__version__] * 2
    assert description(wheel)["Version"] == nwcore.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", nwcore.__version__)
    assert sdist.name == f"nwcore-{nwcore.__version__}.tar.gz"


def test_requirements_are_few(wheel: Path) -> None:
    requirements = [Requirement(text) for text in description(wheel).get_all("Requires-Dist", [])]
    assert {r.name for r in requirements if r.marker is None} == {"numpy", "scipy", "torch"}
    assert set(description(wheel).get_all("Provides-Extra", [])) == {"book", "cluster", "sklearn"}


def test_the_readme_is_the_description_and_every_link_in_it_leads_somewhere(wheel: Path) -> None:
    found = description(wheel)
    assert found["Description-Content-Type"] == "text/markdown"
    text = found.get_payload(decode=True).decode()
    page = BeautifulSoup(MarkdownIt("gfm-like", {"linkify": False}).render(text), "html.parser")
    readme = (ROOT / "README.md").read_text("utf-8")
    source = BeautifulSoup(MarkdownIt("gfm-like", {"linkify": False}).render(readme), "html.parser")

    def texts(html: BeautifulSoup, tags: list[str]) -> list[str]:
        return [" ".join(node.get_text().split()) for node in html.find_all(tags)]

    for tags in (["h1", "h2"], ["pre"], ["td"], ["li"]):
        assert texts(page, tags) == texts(source, tags) != []
    assert page.find_all("img", src=lambda address: "://" not in address) == []
    assert page.find_all("a", href=lambda address: "://" not in address) == []
    assert "CONTRIBUTING.md says" in " ".join(page.get_text().split())


# Types -------------------------------------------------------------------------------------------

USER = """
from torch import Tensor, linspace
from nwcore import FitHistory, NWKernelRegression, attention_pooling, fit, make_regression

data = make_regression(n_train=50, seed=6)
prediction: Tensor = attention_pooling(data.x_test, data.x_train, data.y_train, w=4.0)
history: FitHistory = fit(NWKernelRegression(seed=6), data.x_train, data.y_train, epochs=3)
last: float = history.losses[-1]
"""


# What is wrong after it, and what is said of that line.
WRONG = {
    "fit(NWKernelRegression(), data.x_train, 3.0)": '"fit" has incompatible type "float"',
    "word: str = history.losses[0]": "Incompatible types in assignment",
    "make_regression(points=3)": 'Unexpected keyword argument "points"',
    "attention_pooling(*3 * [data.x_train], method='fast')": "Literal",
}


@pytest.mark.parametrize("wrong", [{}, WRONG], ids=["right", "wrong"])
def test_types_are_checked_where_the_package_is_used(
    alone: Path, tmp_path: Path, wrong: dict[str, str]
) -> None:
    (tmp_path / "user.py").write_text("\n".join([USER, *wrong, ""]), "utf-8")
    options = ("--strict", "--python-executable", alone, "--cache-dir", ROOT / ".mypy_cache/user")
    done = subprocess.run(
        [sys.executable, "-I", "-m", "mypy", *map(str, options), "user.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    said: dict[int, str] = {}
    for line, error in re.findall(r"^user\.py:(\d+): error: (.*)", done.stdout, re.MULTILINE):
        said[int(line)] = said.get(int(line), "") + error
    lines = (tmp_path / "user.py").read_text("utf-8").splitlines()
    assert [lines[number - 1] for number in said] == list(wrong), done.stdout
    for error, complaint in zip(said.values(), wrong.values(), strict=True):
        assert complaint in error
    assert done.returncode == int(bool(wrong))
    assert done.stderr == ""
