"""The playground, built once; tests of it are skipped where node or its packages are absent."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.draw.conftest import browser  # noqa: F401

ROOT = Path(__file__).parent.parent.parent
NODE_MODULES = ROOT / "build" / "npm" / "node_modules"


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the page."""
    if shutil.which("node") is None or not (NODE_MODULES / "pyodide").exists():
        pytest.skip("needs node, and Pyodide as `make playground` installs it")
    out = tmp_path_factory.mktemp("playground") / "page"
    build = [sys.executable, "docs/playground/build.py", str(NODE_MODULES), str(out)]
    subprocess.run(build, cwd=ROOT, check=True, timeout=300, env={**os.environ, "PYTHONPATH": "."})
    return out


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(page: Path) -> Iterator[str]:
    """Where a server of this machine has the page."""
    handler = functools.partial(Quiet, directory=str(page))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()
