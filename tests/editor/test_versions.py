"""What the server says of a text is of the version that it names."""

import asyncio
import json
from pathlib import Path
from typing import Any


class Inside:
    """A server without streams: a message counts at once, and nothing runs between two of them."""

    def __init__(self, folder: Path):
        from gradc.editor.server import server_of  # noqa: PLC0415 (pygls takes long)

        self.server = server_of(None, lambda found, _: found)
        self.server.protocol.set_writer(self, include_headers=False)
        self.uri = (folder / "net.graph").as_uri()
        self.told: list[Any] = []
        self.tell("initialize", id=1, processId=None, rootUri=None, capabilities={})

    def write(self, data: bytes) -> None:
        self.told.append(json.loads(data))

    def tell(self, method: str, id: int | None = None, **params: Any) -> None:  # noqa: A002
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        text = json.dumps(message if id is None else message | {"id": id})
        protocol = self.server.protocol
        protocol.handle_message(json.loads(text, object_hook=protocol.structure_message))

    def put(self, version: int, text: str) -> None:
        document = {"uri": self.uri, "version": version}
        if version == 1:
            opened = document | {"languageId": "graph", "text": text}
            self.tell("textDocument/didOpen", textDocument=opened)
        else:
            changes = [{"text": text}]
            self.tell("textDocument/didChange", textDocument=document, contentChanges=changes)

    def published(self) -> tuple[int | None, list[str]]:
        """The version, and the codes, of what is sent now."""
        (name,) = self.server.project.open_names
        self.server.publish(name)
        params = self.told[-1]["params"]
        return params["version"], [d["code"] for d in params["diagnostics"]]


def test_diagnostics_are_of_the_version_that_they_name(tmp_path: Path) -> None:
    """They may be due in the very moment in which another text came in."""

    async def session() -> list[tuple[int | None, list[str]]]:
        inside = Inside(tmp_path)
        found = []
        for version, text in enumerate(("J = wf", "J = w", "J = wf + w", "J = 2 * w"), 1):
            inside.put(version, f"param w\nloss {text}\n")
            found.append(inside.published())
        return found

    wrong = ["E0201"]
    assert asyncio.run(session()) == [(1, wrong), (2, []), (3, wrong), (4, [])]


def test_a_closed_text_is_let_go_at_once(tmp_path: Path) -> None:
    async def session() -> None:
        inside = Inside(tmp_path)
        inside.put(1, "param w\nloss J = wf\n")
        inside.tell("textDocument/didClose", textDocument={"uri": inside.uri})
        assert inside.server.project.open_names == []
        assert inside.told[-1]["params"]["diagnostics"] == []

    asyncio.run(session())
