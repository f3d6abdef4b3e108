"""What is no module of gradc's is refused, and a module is never parsed as a whole."""

import ast
import tracemalloc
from itertools import chain
from pathlib import Path

import pytest

from gradc.targets.numpy.inspect import inspect
from gradc.targets.python.pieces import Entangled, defined, names, pieces
from gradc.targets.target import Refused
from tests.compiled import build
from tests.derived import golden_cases

SUM = ["np.add"]
CHAIN = "".join(f"v{i + 1} = 2 * v{i} + w\n" for i in range(2000))
LONG = build(f"param w: [3]\nparam v0: [3]\n{CHAIN}loss J = sum(v2000)\n", level=0).text
MANY = "".join(f"v{i + 1} = tanh(v{i}) * w\n" for i in range(120))
SAVED = build(f"param w: [3]\nparam v0: [3]\n{MANY}loss J = sum(v120)\n").text.splitlines()
SHORT = build("param w = 2\nloss J = w**3\n").text


def shown(statements: list[ast.stmt]) -> list[str]:
    return [ast.dump(s) for s in statements]


@pytest.mark.parametrize("text", [LONG, *(g.with_suffix(".py") for g in golden_cases())])
def test_the_pieces_are_the_module(text: str | Path) -> None:
    text = text if isinstance(text, str) else text.read_text(encoding="utf-8")
    found: list[ast.stmt] = []
    for piece in pieces(text, set()):
        if piece.is_inside:
            function = found[-1]
            assert isinstance(function, ast.FunctionDef)
            function.body += piece.statements
        else:
            found += piece.statements
    module = ast.parse(text).body
    assert shown(found) == shown(module)
    assert names(text) == defined(module)


def test_a_long_module_is_inspected_a_piece_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    parse = ast.parse
    lengths: list[int] = []

    def counted(text: str, mode: str = "exec") -> ast.AST:
        lengths.append(text.count("\n"))
        return parse(text, mode=mode)

    with monkeypatch.context() as patched:
        patched.setattr(ast, "parse", counted)
        tracemalloc.start()
        inspect(LONG, (), SUM)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert LONG.count("\n") > 8000
    assert max(lengths) < 250
    assert len(lengths) < 50  # of the lines alike one alone
    assert peak < 6 * len(LONG)  # the whole tree has 60 times the bytes of the text


STRANGE = {
    "import os": "an import that gradc does not write",
    "from os import path": "an import that gradc does not write",
    "x = eval('1')": "a call of `eval`",
    "x = undefined": "`undefined` is used before it is bound",
    "x = np.load": "`np.load`, which the library does not name",
    "x = np.add.__globals__": "the private attribute `__globals__`",
    "x = lambda: 1": "Lambda",
    "while True: x = 1": "While",
    "class Other(object): x: int": "a class that gradc does not write",
}


@pytest.mark.parametrize("text", [SHORT, LONG])
@pytest.mark.parametrize("strange", STRANGE)
def test_what_is_strange_is_refused_by_line(strange: str, text: str) -> None:
    lines = text.splitlines()
    statements = [n for n, line in enumerate(lines) if line.startswith("    dJ_d")]
    places = [(lines.index("import numpy as np") + 1, ""), (statements[-1], "    ")]
    if "import" in strange or "class" in strange:
        del places[1]
    for place, margin in places:
        wrong = "\n".join([*lines[:place], margin + strange, *lines[place:], ""])
        with pytest.raises(Refused) as refused:
            inspect(wrong, (), SUM)
        assert str(refused.value) == f"line {place + 1}: {STRANGE[strange]}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"""A compiled graph.', 'x = """A compiled graph.', "the module has no docstring"),
        ("    dJ = _scalar", "    dJ = (_scalar", "the module does not parse: "),
        ("    dJ = _scalar", "   dJ = _scalar", "the module does not parse: "),
        ("def backward", "@np.add\ndef backward", "a decorator"),
        ("def _array(", "def forward(", "a call of `_array`"),
        (
            "    dJ = _scalar",
            "    dJ = _scalar\rimport os\r    x = np",
            "the module does not parse: ",
        ),
        (
            "def _array(",
            "def _windows():\n    return 1\ndef _array(",
            "`_windows` is not gradc's own",
        ),
    ],
)
def test_what_is_broken_is_refused(old: str, new: str, message: str) -> None:
    for text in (SHORT, LONG):
        assert old in text
        with pytest.raises(Refused) as refused:
            inspect(text.replace(old, new), ["_windows"], SUM)
        assert message in str(refused.value)


@pytest.mark.parametrize(
    "value",
    r"""eval(w)|w.__class__|w .__class__|w. __class__|np .load|np.load|np.load(w)|np. load(w)
    |(np).load(w)|np.add.load|np.add(w).__class__|(eval)(w)|[eval][0](w)|w[0](w)|np.add(w)(w)
    |eval (w)|np.add(*w)|np.add(w, *w)|np.add(**w)|w[*w]|lambda: w|[w for _ in w]|(w := 1)
    |w; import os|await w|{w}|w = x|undefined|np.add(undefined)|np.add(w, out=undefined)
    |undefined.sum()|w.load(w)|w[0].load(w)|1 1|1_|0w|w w|w:|ｗ""".replace("\n    ", "").split("|"),
)
def test_a_glance_is_sure_of_nothing_that_is_refused(value: str) -> None:
    place = LONG.rindex("    dJ_d")
    wrong = f"{LONG[:place]}    x = {value}\n{LONG[place:]}"
    with pytest.raises(Refused):
        inspect(wrong, (), SUM)


@pytest.mark.parametrize(
    "field",
    r"""x: eval("1")|x: np.load|x: undefined|x: Any = eval("1")|x: Any; import os|import os|x
    |None: Any|import: Any|x: Any.load(1)|(x: Any|x: Any = (|x y: Any|x: Any #\rimport os
    |x.y: Any|x[0]: Any|   x: Any""".replace("\n    ", "").split("|"),
)
def test_fields_like_the_first_are_passed_over_and_no_others(field: str) -> None:
    named = ["np.add", "np.tanh", "np.sum"]
    first = SAVED.index("class Saved(NamedTuple):") + 1
    last = SAVED.index("", first)
    assert last - first > 120
    for place in (first, first + 1, first + 70, last):
        lines = [*SAVED[:place], f"    {field}".replace(r"\r", "\r"), *SAVED[place:], ""]
        with pytest.raises(Refused):
            inspect("\n".join(lines), (), named)
    inspect("\n".join([*SAVED, ""]), (), named)


def test_words_in_texts_define_nothing() -> None:
    """A line of the graph's documentation may look like a definition."""
    text = SHORT.replace("A compiled graph.", "A compiled graph.\ndef eval(x):\nclass exec:\n")
    inspect(text, (), SUM)
    with pytest.raises(Refused, match="a call of `eval`"):
        inspect(text.replace("    dJ = _scalar", "    x = eval(dJ)\n    dJ = np"), (), SUM)


def test_a_layout_that_lines_do_not_tell_is_read_as_a_whole() -> None:
    text = SHORT.replace("import numpy as np", "import numpy as np\nx = '''\ndef f():'''")
    with pytest.raises(Entangled):
        list(chain.from_iterable(p.statements for p in pieces(text, set())))
    inspect(text, (), SUM)


@pytest.mark.parametrize("place", range(195, 206))
def test_a_line_that_ends_in_another_way_is_seen(place: int) -> None:
    """Where a long function is cut, a statement of the module must not stand inside it."""
    lines = ["    a = 1\n"] * 400
    lines[place] = "    a = 1\rb = 2\n"
    with pytest.raises(Entangled):
        list(
            chain.from_iterable(p.statements for p in pieces("def f():\n" + "".join(lines), set()))
        )
