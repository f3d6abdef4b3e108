"""The catalogue of diagnostics: what each code means, in one line."""

from __future__ import annotations

CODES: dict[str, str] = {
    # E01: text and syntax.
    "E0101": "the file is not UTF-8",
    "E0102": "a control character in the text",
    "E0103": "a bidirectional control character in the text",
    "E0104": "a line separator other than LF or CRLF",
    "E0105": "a character that is neither ASCII nor a Greek letter outside comments and strings",
    "E0106": "a Greek letter that looks like a Latin one",
    "E0107": "a character that means nothing in the language",
    "E0108": "`^`, which other languages use for powers",
    "E0109": "a number that is not written correctly",
    "E0110": "a string that is not written correctly",
    "E0111": "a name that begins with an underscore, or `_` read as a value",
    "E0112": "a keyword used as a name",
    "E0113": "a line that ends before its statement does",
    "E0114": "a bracket without its partner",
    "E0115": "a block that is empty, never closed, or closed twice",
    "E0116": "brackets, blocks or operators that nest too deeply",
    "E0117": "a chain of comparisons",
    "E0118": "`not` in the middle of an operation",
    "E0119": "`as` after something that is not a call",
    "E0120": "an unknown element type",
    "E0121": "arguments or parameters out of order, or given twice",
    "E0122": "an `op` or `example` outside gradc's library",
    "E0123": "something else stands where the grammar expects another thing",
}
