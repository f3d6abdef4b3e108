"""Texts with a mark where one points or types."""

from pathlib import Path

from gradc.editor.project import Document, Project

MARK = "‸"


def marked(
    text: str, name: str = "net.graph", project: Project | None = None
) -> tuple[Document, int]:
    """A document, and the offset of the mark in it."""
    project = project or Project()
    offset = text.index(MARK)
    project.put(name, text.replace(MARK, ""))
    return project.document(name), offset


def written(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.graph").write_text(text, encoding="utf-8")
