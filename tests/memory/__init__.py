"""What is said of memory, against what is measured."""
