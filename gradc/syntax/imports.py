"""Imported files: found beside the importing one, confined to the project's root."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

from gradc.diagnostics import Help, Replacement, closest, error
from gradc.digest import sha256
from gradc.limits import MAX_BYTES
from gradc.reading import read_regular, real_path
from gradc.source import Source, Span
from gradc.syntax.parser import read_text


class Imports:
    """Opens the files that a graph imports, each once."""

    def __init__(
        self,
        main: Source,
        root: Path | None = None,
        limit: int = MAX_BYTES,
        read: Callable[[Path, int], bytes] = read_regular,
    ):
        """`read` gives the bytes of a path, of which an editor may hold newer ones."""
        self.main, self._limit, self._read = main, limit, read
        folder = Path() if main.name == "-" else Path(main.name).parent
        self.root = real_path(root or folder)
        self._paths: dict[Source, Path] = {main: folder / Path(main.name).name}
        self._sources: dict[Path, Source] = {}

    def open(self, path: str, importer: Source, span: Span) -> Source:
        """The source of an imported path. Raises DiagnosticError at `span`."""
        place = self._paths[importer].parent / path
        resolved = real_path(place)
        if Path(path).is_absolute() or not resolved.is_relative_to(self.root):
            raise error(
                "E0215",
                f"`{path}` leaves the project's root",
                span,
                helps=["paths are relative to the importing file; `--root` names another root"],
            )
        if resolved in self._sources:
            return self._sources[resolved]
        if real_path(self._paths[self.main]) == resolved:
            return self.main
        try:
            data = self._read(place, self._limit)
        except (OSError, ValueError) as failure:
            reason = getattr(failure, "strerror", None) or "it cannot be read"
            large = getattr(failure, "errno", None) == errno.EFBIG
            helps = ["`--max-bytes` allows more"] if large else []
            if getattr(failure, "errno", None) == errno.ENOENT:
                helps = _nearby(place, path, span)
            raise error("E0216", f"cannot import `{path}`: {reason}", span, helps=helps) from None
        source = read_text(str(place), data)
        self._sources[resolved] = source
        self._paths[source] = place
        return source

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that were imported, by the ways that lead there from the importing ones."""
        return tuple(self._paths[source] for source in self._sources.values())

    def sha256(self) -> str:
        """The hash of the text and, after it, of the imported ones in the order they were met."""
        digest = sha256()
        for source in (self.main, *self._sources.values()):
            digest.update(source.text.encode())
        return digest.hexdigest()


def _nearby(place: Path, path: str, span: Span) -> list[str]:
    """What to say of an imported file that is not there, from the names of those beside it."""
    relative = "paths are relative to the importing file"
    try:
        stems = sorted(p.stem for p in place.parent.iterdir() if p.suffix == place.suffix)
    except OSError:
        return [relative]
    near = closest(place.stem, stems)
    if place.suffix != ".graph" and place.with_suffix(".graph").is_file():
        written = f'"{path.removesuffix(place.suffix)}.graph"'
        return [Help(f"write `{written}`", [Replacement(span, written)])]
    folder = path.removesuffix(place.name)
    if not place.suffix and not near:
        told = f'a path has its ending: `"{path}.graph"`'
        return [Help(told, [Replacement(span, f'"{path}.graph"')]), relative]
    return [f'did you mean `"{folder}{near[0]}{place.suffix}"`?'] if near else [relative]
