"""JAX: a module of pure functions, which `jax.jit`, `vmap` and meshes of devices take."""
