"""A few steps of gradient descent with the module that `make` has compiled."""

import net

params = net.init_params()
for _ in range(200):
    J, gradients = net.value_and_grad(params, x=1.0, y=0.2)
    for name, gradient in gradients.items():
        params[name] -= 0.5 * gradient
print(f"after 200 steps: J = {J:.2g}")
assert J < 1e-3
