"""The whole network as one graph, `wrt linear_85`: its gradients are those of the layer alone."""

import head
import numpy as np
import whole  # build/whole.py
from reader import last_layer, params, pictures, seen, state, table

ink, label = table(8)
layer = last_layer()
everything = params | {f"linear_85.{name}": value for name, value in layer.items()}
J, wanted, _ = whole.value_and_grad(everything, x=pictures(ink), label=label, state=state)
_, gradients = head.value_and_grad(layer, features=seen(ink), label=label)
for name, g in gradients.items():
    apart = np.abs(g - wanted[f"linear_85.{name}"]).max() / np.abs(g).max()
    print(f"dJ/d{name} from the whole network: {apart:.0e} apart")
    assert apart < 1e-5
