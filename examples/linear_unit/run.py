"""Print the values and the derivatives of one linear unit, and check them against the lesson."""

import linear_unit

params = linear_unit.init_params()
outputs, saved = linear_unit.forward(params, x=-2.0, y=2.0)
gradients = linear_unit.backward(saved)

print(f"J = {outputs.J:g}")
print(f"dJ/dw = {gradients['w']:g}")
print(f"dJ/db = {gradients['b']:g}")
assert (outputs.J, gradients["w"], gradients["b"]) == (2.0, -4.0, 2.0)

# The same number by arithmetic: move w a little and look at J.
epsilon = 0.001
bumped, _ = linear_unit.forward({**params, "w": params["w"] + epsilon}, x=-2.0, y=2.0)
slope = (bumped.J - outputs.J) / epsilon
print(f"w up {epsilon:g}: J = {bumped.J:.6f}, {slope:.3f} per unit of w")
assert abs(slope - gradients["w"]) < 0.01

# The other sample of the lesson goes through the same module.
J, gradients = linear_unit.value_and_grad({"w": -2.0, "b": 8.0}, x=2.0, y=1.0)
print(f"x = 2, y = 1, w = -2: J = {J:g}, dJ/dw = {gradients['w']:g}, dJ/db = {gradients['b']:g}")
assert (J, gradients["w"], gradients["b"]) == (4.5, 6.0, 3.0)
