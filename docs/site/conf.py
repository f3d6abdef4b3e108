"""The site of the documentation: `make site` gives Sphinx this file and the root of the repository.

The pages are plain Markdown with plain links to files, which a reader of the repository follows as
well. They hold nothing of Sphinx's own: what hangs below a page stands here, and is added when the
page is read.
"""

import re

from sphinx.application import Sphinx

from gradc import __version__

project = "gradc"
author = "the gradc authors"
project_copyright = author
version = release = __version__

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "README.md",
    "benchmarks/PROFILES.md",
    "benchmarks/RESULTS.md",
    "docs/**.md",
    "examples/README.md",
    "examples/data/README.md",
    "examples/device/README.md",
    "examples/finetune/README.md",
    "examples/pre_commit/README.md",
    "examples/sharded/README.md",
]
exclude_patterns = ["**/node_modules"]
myst_heading_anchors = 3
highlight_language = "text"
nitpicky = True

html_theme = "furo"
html_title = f"gradc {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
templates_path = ["templates"]
# The pages keep their places in the repository; whoever opens the folder is sent to the first one.
html_additional_pages = {"index": "to_first_page.html"}
html_copy_source = False
html_show_sphinx = False

# What hangs below a page: captions, and the pages under them.
CONTENTS: dict[str, dict[str, list[str]]] = {
    "docs/index": {
        "Begin": [
            "Overview </README>",
            "/docs/tutorial",
            "/docs/how-to/README",
            "/examples/README",
        ],
        "Learn": ["/docs/lessons/README", "/docs/drawing", "/docs/playground/README"],
        "Look up": [
            "/docs/language",
            "/docs/operations/README",
            "/docs/module",
            "/docs/python",
            "/docs/command-line",
            "/docs/errors",
            "/docs/editors",
        ],
        "Understand": [
            "/docs/comparison",
            "/docs/architecture",
            "/docs/optimisation",
            "/benchmarks/RESULTS",
            "/benchmarks/PROFILES",
            "/docs/how-it-is-tested",
            "/docs/decisions/README",
        ],
        "Project": ["/CONTRIBUTING", "/SECURITY", "Release notes </CHANGELOG>"],
    },
    "docs/how-to/README": {
        "": [
            f"/docs/how-to/{name}"
            for name in (
                "scipy",
                "second-derivatives",
                "training",
                "debugging",
                "shipping",
                "c",
                "extension",
                "jax",
                "import",
                "onnx",
                "import-onnx",
                "scale",
                "builds",
                "pull-requests",
            )
        ]
    },
    "docs/lessons/README": {"": ["/docs/lessons/[0-9]*"]},
    "docs/operations/README": {"": ["/docs/operations/[a-z]*"]},
    "docs/decisions/README": {"": ["/docs/decisions/[0-9]*"]},
    "examples/README": {
        "": [
            f"/examples/{name}/README"
            for name in ("data", "device", "finetune", "pre_commit", "sharded")
        ],
    },
}

# A fence of a language and the name of a file.
FILE = re.compile(r"^```(\w+) (\S+\.\w+)\n", re.MULTILINE)


def contents(page: str) -> str:
    """The directives that hang pages below this one."""
    trees = []
    for caption, below in CONTENTS.get(page, {}).items():
        head = f":caption: {caption}\n" if caption else ""
        lines = "".join(f"{name}\n" for name in below)
        trees.append(f"\n```{{toctree}}\n:hidden:\n:glob:\n{head}\n{lines}```\n")
    return "".join(trees)


def prepare(app: Sphinx, page: str, text: list[str]) -> None:
    """A block of code that is a file gets its name above it, and a page what hangs below it."""
    named = FILE.sub(r"```{code-block} \1\n:caption: \2\n", text[0])
    text[0] = named + contents(page)


def setup(app: Sphinx) -> None:
    app.connect("source-read", prepare)
