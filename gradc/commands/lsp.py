"""Answers an editor over standard input and output (the language server protocol).

The editor starts it; docs/editors.md says how for VS Code, Neovim, Helix and Emacs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.options import Parser
from gradc.commands.settings import forget_settings, settings_for
from gradc.commands.units import unsilenced
from gradc.diagnostics import Diagnostic


def configure(parser: Parser) -> None:
    parser.add_argument(
        "--root",
        metavar="FOLDER",
        help="the folder that imports are confined to (default: each graph's own)",
    )
    parser.add_argument(
        "--stdio", action="store_true", help="as always; some editors add it on their own"
    )


def run(arguments: Any, console: Console) -> int:
    root = Path(arguments.root) if arguments.root is not None else None
    if root is not None and not root.is_dir():
        raise UsageError(f"`--root`: there is no folder {root}")
    try:
        from gradc.editor.server import serve
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        helps = ["`pip install 'gradc[lsp]'`"]
        raise UsageError("the language server needs the package pygls", helps) from None
    # The protocol has a stream of its own: what anything else prints must not get into it.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as writes:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        return serve(root, _unsilenced, sys.stdin.buffer, writes)


def _unsilenced(found: Iterable[Diagnostic], name: str) -> Iterable[Diagnostic]:
    forget_settings()
    try:
        ignored: tuple[str, ...] = settings_for(name).ignore
    except UsageError:  # a configuration that is wrong is told by the other commands
        ignored = ()
    return [*unsilenced(found, ignored)]
