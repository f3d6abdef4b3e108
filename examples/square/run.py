"""Print dJ/dw of `J = (2 + 3w)²`, and the same number by bumping w."""

import square

params = square.init_params()
outputs, saved = square.forward(params)
gradients = square.backward(saved)
print(f"w = {params['w']:g}: J = {outputs.J:g}, dJ/dw = {gradients['w']:g}")
assert (outputs.J, gradients["w"]) == (121.0, 66.0)

for epsilon in (0.001, 1e-6):
    bumped, _ = square.forward({"w": params["w"] + epsilon})
    slope = (bumped.J - outputs.J) / epsilon
    print(f"w up {epsilon:g}: J up {bumped.J - outputs.J:.6g}, {slope:.6f} per unit of w")
    assert abs(slope - 66 - 9 * epsilon) < 1e-4
