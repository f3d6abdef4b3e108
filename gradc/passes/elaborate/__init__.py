"""Elaborate: Tree and Library to Graph. Names resolved, calls expanded, statements ordered, typed.

`File` is the whole; it is put together from one class a concern, each in its own file:
literals → expressions → indexing → patterns → bodies → calls → declarations → file.
"""
