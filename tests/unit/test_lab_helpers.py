"""A JupyterLab is waited for until it takes connections."""

import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from lab_helpers import address

# As Jupyter's server does, it writes its address down first and listens afterwards.
SERVER = """
import json, pathlib, socket, sys, time
found = socket.socket()
found.bind(("127.0.0.1", 0))
port = found.getsockname()[1]
pathlib.Path(sys.argv[1], "jpserver-1.json").write_text(
    json.dumps({"url": f"http://127.0.0.1:{port}/"})
)
time.sleep(0.5)
found.listen()
time.sleep(600)
"""


def test_an_address_is_one_that_takes_connections(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER, str(tmp_path)]) as server:
        try:
            place = urlsplit(address(server, tmp_path, tmp_path / "server.log", 60.0))
            socket.create_connection((place.hostname, place.port)).close()
        finally:
            server.kill()
