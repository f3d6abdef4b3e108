"""From a program to text in a target language."""
