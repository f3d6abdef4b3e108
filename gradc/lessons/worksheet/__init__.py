"""The worksheet: a page on which the values and derivatives of a graph are filled in.

The page's programs, the `.js` files, stand here too: they read what `table` writes,
and the library says what each operation is in JavaScript.
"""
