"""A JupyterLab of its own, for whoever wants to see the explorers with a kernel."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import matplotlib as mpl
import nbformat

# What the status bar shows once the notebook has its kernel.
KERNEL_IDLE = "#jp-main-statusbar :text('| Idle')"


@dataclass(frozen=True)
class JupyterLab:
    """A running server, all of whose files are in one folder."""

    url: str
    log: Path
    runtime: Path


@contextmanager
def jupyterlab(
    home: Path, notebook: str, cells: list[str], token: str, patience: float = 300.0
) -> Iterator[JupyterLab]:
    """Serve a notebook of these cells; it asks nobody but this machine."""
    folders = {
        "HOME": home,
        "IPYTHONDIR": home / "ipython",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "MPLCONFIGDIR": home / "matplotlib",
    }
    shutil.copytree(mpl.get_cachedir(), folders["MPLCONFIGDIR"])  # finding all fonts takes long
    books = home / "books"
    books.mkdir()
    content = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(content, books / notebook)
    # Neither news nor updates nor a rebuild.
    plugins = ["apputils-extension:announcements", "extensionmanager-extension:plugin"]
    quiet = {"disabledExtensions": {f"@jupyterlab/{plugin}": True for plugin in plugins}}
    (home / "config" / "labconfig").mkdir(parents=True)
    (home / "config" / "labconfig" / "page_config.json").write_text(json.dumps(quiet))
    arguments = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",
        f"--ServerApp.root_dir={books}",
        f"--IdentityProvider.token={token}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *arguments],
            env=os.environ
            | {name: str(folder) for name, folder in folders.items()}
            | {"OMP_NUM_THREADS": "1"},  # small tensors: threads only wait for each other
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        runtime = folders["JUPYTER_RUNTIME_DIR"]
        yield JupyterLab(address(process, runtime, log, patience), log, runtime)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def address(process: subprocess.Popen[bytes], runtime: Path, log: Path, patience: float) -> str:
    """Where the server listens, once it does: it writes its address down before that."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended:\n{log.read_text()}")
        for file in runtime.glob("jpserver-*.json"):
            try:
                url = str(json.loads(file.read_text())["url"])
            except ValueError:
                continue  # half written
            if _listens(url):
                return url
        time.sleep(0.05)
    raise RuntimeError(f"the server does not listen:\n{log.read_text()}")


def _listens(url: str) -> bool:
    """Whether a connection to the address is taken."""
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname, place.port)).close()
    except ConnectionRefusedError:
        return False
    return True
