"""The table of foreign names, read from its text: see `library/foreign/words.txt`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradc.elaborate.habits.remedy import Formal, Remedy
from gradc.patterns import pattern

_LINE = pattern(r"(?P<names>[^(>]*?)\s*(?:\((?P<formals>(?:[^()]|\(\))*)\))?\s*->\s*(?P<remedy>.*)")


class Habits:
    """Remedies by the names that they are for."""

    def __init__(self, texts: Sequence[str]):
        self._exact: dict[str, list[Remedy]] = {}
        self._folded: dict[str, list[Remedy]] = {}
        capitals: dict[str, list[Remedy]] = {}
        for names, remedy in (entry for text in texts for entry in _entries(text)):
            for name in names:
                self._exact.setdefault(name, []).append(remedy)
                kept = capitals if name[:1].isupper() else self._folded
                kept.setdefault(folded(name), []).append(remedy)
        for name, remedies in capitals.items():
            self._folded.setdefault(name, remedies)

    def exactly(self, name: str) -> Sequence[Remedy]:
        """The remedies for a name as it is written."""
        return self._exact.get(name, ())

    def loosely(self, name: str) -> Sequence[Remedy]:
        """The remedies for a name whatever its case and underscores."""
        return self._folded.get(folded(name), ())

    def constant(self, name: str) -> Remedy | None:
        """What a name is called here that others give to a constant."""
        found = (*self.exactly(name), *self.loosely(name))
        return next((r for r in found if r.formals is None and r.expression), None)

    def is_idle(self, keyword: str) -> bool:
        """Whether an argument of this name says nothing about values here."""
        return any(not r.expression for r in self.exactly(f"{keyword}="))

    def renamed(self, keyword: str, parameters: Sequence[str]) -> str | None:
        """The parameter that an argument of a foreign name means, among those that there are."""
        for remedy in self.exactly(f"{keyword}="):
            for name in remedy.expression.split():
                if name in parameters:
                    return name
        return None

    def names(self) -> Iterator[tuple[str, Remedy]]:
        """Every name with each of its remedies."""
        for name, remedies in self._exact.items():
            for remedy in remedies:
                yield name, remedy


def folded(name: str) -> str:
    """A name without its underscores and its case."""
    return name.replace("_", "").lower()


def _entries(text: str) -> Iterator[tuple[list[str], Remedy]]:
    for line in text.splitlines():
        if line[:1] == "#" or not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"no entry of the table of foreign names: {line}")
        formals = None
        if match["formals"] is not None:
            formals = tuple(map(_formal, match["formals"].split(", ")))
        remedy = match["remedy"]
        if remedy.startswith("! "):
            yield match["names"].split(), Remedy(formals, "", remedy[2:])
        else:
            expression, _, sentence = remedy.partition(" ; ")
            yield match["names"].split(), Remedy(formals, expression, sentence)


def _formal(text: str) -> Formal:
    text, _, only = text.partition(":")
    names = tuple(text.strip("*?=").split("|"))
    return Formal(names, text[-1] != "?" and text[0] != "*", text[0] == "*", only, text[0] == "=")
