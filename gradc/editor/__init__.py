"""What editors ask of a graph while it is typed: `gradc lsp`, and colours for Pygments.

`server.py` speaks the language server protocol, `lexer.py` Pygments. The other files know of
neither: they answer for an offset of a text, of which the last change may be half typed.
"""
