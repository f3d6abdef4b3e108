"""What a module may need of functions, and a class, as text: copied into it where it is used.

They stand in `helpers/` of a target, ordinary and tested; nothing of them is run to copy them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from gradc import resources
from gradc.patterns import pattern

_HEAD, _NEXT = pattern(r"\n(?:def|class) (\w+)"), pattern(r"\n[^\s)]")

_DOCUMENTED = pattern(r'"{3}[\s\S]*?"{3}')


class Copied:
    """The helpers of a target: those of some files of a folder, in the order of the files."""

    def __init__(
        self,
        folder: str,
        files: Iterable[str],
        spelled: Mapping[str, Callable[[str], str]] | None = None,
    ):
        """`spelled` says how the target writes what stands in a file in another one's words."""
        self._folder, self._files, self._spelled = folder, tuple(files), spelled or {}

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        """The helpers by name, in their order."""
        found: dict[str, str] = {}
        for file in self._files:
            text = resources.text(f"{self._folder}/{file}.py")
            if file in self._spelled:
                text = self._spelled[file](text)
            for head in _HEAD.finditer(text):
                behind = _NEXT.search(text, head.end())
                end = behind.start() if behind is not None else len(text)
                found[head[1]] = text[head.start() + 1 : end].rstrip()
        return found

    def names(self) -> frozenset[str]:
        """What the helpers are called."""
        return frozenset(self._texts)

    def with_needed(self, names: Iterable[str]) -> list[str]:
        """The helpers, and those that they call, in a fixed order."""
        texts = self._texts
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                code = _DOCUMENTED.sub("", texts[name])
                pending += [w for w in re.findall(r"\b_\w+", code) if w in texts]
        return [n for n in texts if n in found]

    def source_of(self, name: str) -> str:
        """The source text of a helper."""
        return self._texts[name]
