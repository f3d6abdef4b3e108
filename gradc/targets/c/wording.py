"""Texts of functions that are alike but for some words."""

from __future__ import annotations


def worded(text: str, **words: str) -> str:
    """The text with each word, which stands in capitals in it, replaced; the first ones first."""
    for word, instead in words.items():
        text = text.replace(word, instead)
    return text
