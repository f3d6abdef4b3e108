"""The server, driven by a client over its standard streams."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.editor.client import Client, Refused

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted(ROOT.glob("examples/*/*.graph"))
UNIT = "## A unit. 😀\n\ninput x = -2\nparam w = 2  # 漢字 😀\nc = w * x\nloss J = 0.5 * c**2\n"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path)
    yield client
    assert client.end() == 0
    assert client.logged == []
    assert client.complaints == ""


def span(start: tuple[int, int], end: tuple[int, int]) -> dict[str, Any]:
    return {
        "start": {"line": start[0], "character": start[1]},
        "end": {"line": end[0], "character": end[1]},
    }


def test_quick_fixes_are_what_mends_the_mistake(client: Client) -> None:
    uri = client.open("fix.graph", "param w = 2\nx = np.tanh(w)\nloss J = x.sum()\n")
    document = {"textDocument": {"uri": uri}}

    def asked(line: int) -> list[dict[str, Any]]:
        shown = [d for d in client.diagnostics(uri) if d["range"]["start"]["line"] == line]
        there = {"range": span((line, 4), (line, 14)), "context": {"diagnostics": shown}}
        found: list[dict[str, Any]] = client.ask("textDocument/codeAction", **document, **there)
        assert all(action["diagnostics"] == shown for action in found)
        return found

    (action,) = asked(1)
    assert (action["title"], action["kind"]) == ("write tanh(w)", "quickfix")
    assert action["edit"]["changes"][uri] == [
        {"range": span((1, 4), (1, 14)), "newText": "tanh(w)"}
    ]
    assert asked(0) == []
    client.change(uri, {"range": span((1, 4), (1, 14)), "text": "tanh(w)"})
    (action,) = asked(2)
    (edit,) = action["edit"]["changes"][uri]
    client.change(uri, {"range": edit["range"], "text": edit["newText"]})
    assert client.diagnostics(uri) == []


def test_a_session(client: Client, tmp_path: Path) -> None:
    uri = client.open("unit.graph", UNIT.replace("w * x", "v * x"))
    (found,) = client.diagnostics(uri)
    assert (found["code"], found["severity"], found["source"]) == ("E0201", 1, "gradc")
    assert found["range"] == span((4, 4), (4, 5))
    client.change(uri, {"range": span((4, 4), (4, 5)), "text": "w"})
    assert client.diagnostics(uri) == []

    hover = client.at("hover", uri, 4, 4)
    assert hover["range"] == span((4, 4), (4, 5))
    assert "param w: f64" in hover["contents"]["value"]
    assert "dJ/dw" in hover["contents"]["value"]
    assert client.at("hover", uri, 1, 0) is None

    place = client.at("definition", uri, 4, 4)
    assert place == {"uri": uri, "range": span((3, 6), (3, 7))}

    edit = client.at("rename", uri, 4, 4, newName="weight")
    assert edit["changes"][uri] == [
        {"range": span((3, 6), (3, 7)), "newText": "weight"},
        {"range": span((4, 4), (4, 5)), "newText": "weight"},
    ]
    assert client.at("prepareRename", uri, 4, 8)["placeholder"] == "x"
    with pytest.raises(Refused, match="`loss` is a keyword"):
        client.at("rename", uri, 4, 4, newName="loss")

    client.change(uri, {"range": span((5, 0), (5, 0)), "text": "y = softmax(\n"})
    offered = client.at("completion", uri, 5, 12)["items"]
    assert [item["label"] for item in offered[:2]] == ["x", "axis"]
    exp = next(item for item in offered if item["label"] == "exp")
    documented = client.ask("completionItem/resolve", **exp)
    assert "dx = dy * y" in documented["documentation"]["value"]
    help_ = client.at("signatureHelp", uri, 5, 12)
    assert help_["signatures"][0]["label"] == "softmax(x, axis: axes = -1)"
    assert [d["code"] for d in client.diagnostics(uri)] != []

    document = {"textDocument": {"uri": uri}, "options": {"tabSize": 4, "insertSpaces": True}}
    assert client.ask("textDocument/formatting", **document) is None
    client.replace(uri, "param  w=2\nloss J=w")
    (edit,) = client.ask("textDocument/formatting", **document)
    assert edit == {"range": span((0, 0), (1, 8)), "newText": "param w = 2\nloss J = w\n"}
    client.replace(uri, edit["newText"])
    assert client.ask("textDocument/formatting", **document) == []

    symbols = client.ask("textDocument/documentSymbol", textDocument={"uri": uri})
    assert [s["name"] for s in symbols] == ["w", "J"]
    uses = client.at("references", uri, 0, 6, context={"includeDeclaration": True})
    assert [u["range"]["start"]["line"] for u in uses] == [0, 1]
    assert len(client.at("documentHighlight", uri, 0, 6)) == 2
    data = client.ask("textDocument/semanticTokens/full", textDocument={"uri": uri})["data"]
    assert len(data) == 5 * 3


@pytest.mark.parametrize(("encoding", "start"), [("utf-16", 26), ("utf-32", 25), ("utf-8", 31)])
def test_positions_count_units(tmp_path: Path, encoding: str, start: int) -> None:
    """A name behind characters of one unit, of two, three and four."""
    client = Client(tmp_path, encodings=(encoding,))
    assert client.capabilities["positionEncoding"] == encoding
    uri = client.open("net.graph", 'param α\nloss J = einsum("漢😀", α, wf)\n')
    (found,) = client.diagnostics(uri)
    assert found["range"] == span((1, start), (1, start + 2))
    edit = client.at("rename", uri, 0, 6, newName="β")
    starts = [e["range"]["start"]["character"] for e in edit["changes"][uri]]
    assert starts == [6, start - (4 if encoding == "utf-8" else 3)]
    client.change(uri, {"range": found["range"], "text": "α"})
    (found,) = client.diagnostics(uri)
    assert found["code"] != "E0201"
    assert client.end() == 0


def test_files_that_import_each_other(client: Client, tmp_path: Path) -> None:
    layers = tmp_path / "layers.graph"
    layers.write_text("fn twice(x) = 2 * x\n", encoding="utf-8")
    text = 'from "layers.graph" import twice\nparam w\nloss J = twice(w)\n'
    uri = client.open("net.graph", text)
    assert client.diagnostics(uri) == []
    place = client.at("definition", uri, 2, 10)
    assert place == {"uri": layers.as_uri(), "range": span((0, 3), (0, 8))}
    edit = client.at("rename", uri, 2, 10, newName="double")
    assert set(edit["changes"]) == {uri, layers.as_uri()}
    # What is typed there counts here, before it is saved.
    other = client.open("layers.graph", "fn thrice(x) = 3 * x\n")
    assert client.diagnostics(other) == []
    while not client.published[uri]["diagnostics"]:
        client._next()
    (found,) = client.published[uri]["diagnostics"]
    assert found["code"] == "E0201"
    client.tell("textDocument/didClose", textDocument={"uri": other})
    while client.published[uri]["diagnostics"]:
        client._next()


def test_other_places_and_silence(client: Client, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.gradc]\nignore = ["W903"]\n', encoding="utf-8")
    text = "input x\nparam w\nz = w * 2\ny = w * 3  # gradc: ignore[W901]\nparam w\nloss J = w\n"
    uri = client.open("net.graph", text)
    (found,) = client.diagnostics(uri)
    (related,) = found["relatedInformation"]
    assert related["location"] == {"uri": uri, "range": span((1, 6), (1, 7))}
    client.replace(uri, text.replace("param w\nloss", "loss"))
    (found,) = client.diagnostics(uri)
    assert (found["code"], found["severity"], found["tags"]) == ("W901", 2, [1])
    assert found["range"]["start"]["line"] == 2


def test_texts_without_a_file(client: Client) -> None:
    uri = client.open("untitled:Untitled-1", "param w\nloss J = sofmax(w)\n")
    (found,) = client.diagnostics(uri)
    assert found["code"] == "E0203"
    assert client.at("hover", uri, 0, 6)["contents"]["value"]


def test_messages_without_sense_do_no_harm(tmp_path: Path) -> None:
    client = Client(tmp_path)
    uri = client.open("net.graph", UNIT)
    with pytest.raises(Refused):
        client.ask("textDocument/nonsense", a=1)
    with pytest.raises(Refused):
        client.at("hover", "file:///nowhere/net.graph", 0, 0)
    client.at("hover", uri, 99, 99)
    client.at("completion", uri, 99, 0)
    client.tell("textDocument/didClose", textDocument={"uri": "file:///nowhere/net.graph"})
    client.replace(uri, UNIT.replace("w * x", "w * y"))
    assert [d["code"] for d in client.diagnostics(uri)] == ["E0201", "W903"][:1]
    assert client.end() == 0


def test_an_editor_that_goes_without_a_word(tmp_path: Path) -> None:
    assert Client(tmp_path).gone() == 1
    client = Client(tmp_path)
    client.tell("exit")
    assert client.gone() == 1


def test_examples_are_well_at_every_step(client: Client) -> None:
    """Each is opened, then typed from its first character to its last."""
    for path in EXAMPLES:
        text = path.read_text(encoding="utf-8")
        uri = client.open(path.as_uri(), text)
        assert [d for d in client.diagnostics(uri) if d["severity"] == 1] == []
        step = max(1, len(text) // 20)
        for end in [*range(0, len(text), step), len(text)]:
            client.replace(uri, text[:end])
            line = text[:end].count("\n")
            unit = end - (text.rfind("\n", 0, end) + 1)
            client.at("completion", uri, line, unit)
            client.at("signatureHelp", uri, line, unit)
            client.at("hover", uri, line, max(unit - 1, 0))
            client.ask("textDocument/documentSymbol", textDocument={"uri": uri})
            client.ask("textDocument/semanticTokens/full", textDocument={"uri": uri})
        assert [d for d in client.diagnostics(uri) if d["severity"] == 1] == []
        client.tell("textDocument/didClose", textDocument={"uri": uri})


def typing_times(path: Path) -> list[float]:
    """The seconds that each key of a line takes, typed within a whole example."""
    text = path.read_text(encoding="utf-8")
    client = Client(path.parent)
    uri = client.open(path.name, text)
    client.diagnostics(uri)
    line = text.count("\n")
    found = []
    for unit, key in enumerate("extra = sum(square(J)) + 2 * J"):
        place = span((line, unit), (line, unit))
        found.append(client.timed(uri, {"range": place, "text": key}))
    assert client.end() == 0
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("name", "limit"), [("gpt", 0.2), ("linear_unit", 0.2)])
def test_keys_are_answered_at_once(name: str, limit: float) -> None:
    """The quickest of them: the others share the machine with whatever else runs on it."""
    assert min(typing_times(ROOT / "examples" / name / f"{name}.graph")) < limit


def test_nothing_that_is_printed_gets_into_the_protocol(tmp_path: Path) -> None:
    """The stream of the protocol is not the one that Python prints to."""
    code = (
        "import sys, gradc.editor.server as server\n"
        "def serve(root, silence, reads, writes):\n"
        "    print('stray')\n"
        "    writes.write(b'framed')\n"
        "    return 0\n"
        "server.serve = serve\n"
        "from gradc.cli import main\n"
        "sys.exit(main(['lsp', '--stdio']))\n"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert process.stdout == b"framed"
    assert process.stderr.split() == [b"stray"]


def test_without_the_extra_the_command_says_what_to_install() -> None:
    code = (
        "import sys\nsys.modules['pygls'] = None\n"
        "from gradc.cli import main\nsys.exit(main(['lsp']))\n"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert process.returncode == 2
    assert b"pip install 'gradc[lsp]'" in process.stderr
    assert process.stdout == b""


def test_a_root_that_is_no_folder_is_a_wrong_call(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gradc", "lsp", "--root", str(tmp_path / "none")]
    process = subprocess.run(command, capture_output=True, check=False)
    assert process.returncode == 2
    assert b"there is no folder" in process.stderr
