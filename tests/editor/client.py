"""A client of the language server: JSON-RPC over the standard streams of a process."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

_PATIENCE = 60  # seconds, on a machine that does other things


class Refused(Exception):
    """The server answered that it cannot."""


class Client:
    """Starts `gradc lsp`, and speaks to it as an editor does."""

    def __init__(self, folder: Path, *, encodings: tuple[str, ...] = ()):
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gradc", "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
        )
        self._messages: queue.Queue[Any] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._count = 0
        self._versions: dict[str, int] = {}
        self.logged: list[str] = []
        self.complaints = ""  # of the process, once it is gone
        self.published: dict[str, Any] = {}
        general = {"positionEncodings": list(encodings)} if encodings else {}
        self.capabilities = self.ask(
            "initialize",
            processId=None,
            rootUri=folder.as_uri(),
            capabilities={"general": general},
            workspaceFolders=[{"uri": folder.as_uri(), "name": folder.name}],
        )["capabilities"]
        self.tell("initialized")

    # --- messages ---

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                header = stream.readline()
            self._messages.put(json.loads(stream.read(length)))
        self._messages.put(None)

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def tell(self, method: str, **params: Any) -> None:
        """A notification."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, **params: Any) -> Any:
        """The answer to a request."""
        self._count += 1
        number = self._count
        empty = method == "shutdown"
        self._send({"id": number, "method": method} | ({} if empty else {"params": params}))
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                if "error" in message:
                    raise Refused(message["error"]["message"])
                return message["result"]

    def _next(self) -> dict[str, Any]:
        message = self._messages.get(timeout=_PATIENCE)
        if message is None:
            self.gone()
            raise AssertionError(f"the server is gone: {self.complaints}")
        match message.get("method"):
            case "textDocument/publishDiagnostics":
                self.published[message["params"]["uri"]] = message["params"]
            case "window/logMessage" | "window/showMessage":
                self.logged.append(message["params"]["message"])
            case str() if "id" in message:  # a request of the server's
                self._send({"id": message["id"], "result": None})
        found: dict[str, Any] = message
        return found

    # --- texts ---

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri() if ":" not in name else name

    def open(self, name: str, text: str) -> str:
        uri = self.uri(name)
        self._versions[uri] = 1
        document = {"uri": uri, "languageId": "graph", "version": 1, "text": text}
        self.tell("textDocument/didOpen", textDocument=document)
        return uri

    def change(self, uri: str, *changes: dict[str, Any]) -> None:
        """Changes a part of a text, or with a text alone the whole."""
        self._versions[uri] += 1
        document = {"uri": uri, "version": self._versions[uri]}
        self.tell("textDocument/didChange", textDocument=document, contentChanges=list(changes))

    def replace(self, uri: str, text: str) -> None:
        self.change(uri, {"text": text})

    def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """Those of the text as it is now."""
        version = self._versions[uri]
        while self.published.get(uri, {}).get("version") != version:
            self._next()
        found: list[dict[str, Any]] = self.published[uri]["diagnostics"]
        return found

    def at(self, method: str, uri: str, line: int, unit: int, **more: Any) -> Any:
        """The answer to a request about a place."""
        position = {"line": line, "character": unit}
        document = {"uri": uri}
        return self.ask(f"textDocument/{method}", textDocument=document, position=position, **more)

    def timed(self, uri: str, *changes: dict[str, Any]) -> float:
        """The seconds from a key to the diagnostics of the text with it."""
        start = time.perf_counter()
        self.change(uri, *changes)
        self.diagnostics(uri)
        return time.perf_counter() - start

    def end(self) -> int:
        """Says farewell; the exit code of the server."""
        self.ask("shutdown")
        self.tell("exit")
        return self.gone()

    def gone(self) -> int:
        """The exit code of the server, which hears no more."""
        streams = self.process.stdin, self.process.stdout, self.process.stderr
        reads, writes, tells = streams
        assert reads is not None and writes is not None and tells is not None  # noqa: PT018
        reads.close()
        code = self.process.wait(_PATIENCE)
        self._reader.join(_PATIENCE)
        self.complaints = tells.read().decode()
        writes.close()
        tells.close()
        return code
