"""A digest is the one of `hashlib`, whichever code of Python's makes it."""

import hashlib
import importlib
import sys

import pytest

from gradc import digest

TEXTS = [b"", b"loss J = w**2\n", bytes(range(256)) * 100]


@pytest.mark.parametrize("missing", [[], ["_sha2"], ["_sha256"], ["_sha2", "_sha256"]])
def test_a_digest_is_that_of_hashlib(missing: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        for name in missing:
            patched.setitem(sys.modules, name, None)
        found = importlib.reload(digest).sha256
    importlib.reload(digest)
    if len(missing) == 2:
        assert found is hashlib.sha256
    for text in TEXTS:
        assert found(text).hexdigest() == hashlib.sha256(text).hexdigest()
