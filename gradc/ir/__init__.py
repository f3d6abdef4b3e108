"""The intermediate representation: typed nodes in single assignment, in the user's order."""
