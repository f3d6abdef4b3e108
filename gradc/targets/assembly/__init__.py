"""A module in Python, put together: what targets say alike, in the order in which it is said."""
