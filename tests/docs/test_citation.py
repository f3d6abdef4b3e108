"""What `CITATION.cff` says of this version."""

import re

from gradc import __version__
from tests.docs.pages import ROOT


def test_it_names_the_version_that_this_is() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.*)$", text, re.MULTILINE) == [__version__]
    assert "- name: the gradc authors" in text
