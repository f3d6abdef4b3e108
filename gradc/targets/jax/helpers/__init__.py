"""Functions that a module for JAX may need: each is copied into it where it is used."""
