"""The JAX target. Its tests run where JAX is installed."""
