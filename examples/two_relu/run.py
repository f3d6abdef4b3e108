"""Print the derivatives of two chained ReLU units, check them, and take a few steps downhill."""

from typing import Any

import two_relu

params: Any = two_relu.init_params()
J, gradients = two_relu.value_and_grad(params, x=1.0, y=5.0)
print(f"J = {J:g}")
for name, gradient in gradients.items():
    print(f"dJ/d{name} = {gradient:g}")
assert J == 2.0
assert gradients == {"w1": 6.0, "b1": 6.0, "w2": 4.0, "b2": 2.0}

# The same number by arithmetic: move w1 a little and look at J.
bumped = two_relu.forward(params | {"w1": 2.001}, x=1.0, y=5.0)[0]
print(f"w1 up 0.001: J = {bumped.J:.7f}")
assert abs(bumped.J - 2.0060045) < 1e-12

# Gradient descent: each parameter moves against its derivative.
for _ in range(20):
    slopes: Any = two_relu.value_and_grad(params, x=1.0, y=5.0)[1]
    params = {name: params[name] - 0.02 * slopes[name] for name in params}
J = two_relu.forward(params, x=1.0, y=5.0)[0].J
print(f"after 20 steps: J = {J:.1e}")
assert J < 1e-6
