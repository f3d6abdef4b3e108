"""The works: one a file, which holds its graph, its data, NumPy by hand, and the peers."""

# In the order of the table.
NAMES = (
    "unit",
    "logistic",
    "mlp",
    "chain",
    "gelu",
    "softmax",
    "layer_norm",
    "transformer",
    "conv",
    "conv_stack",
    "lstm",
    "mixture",
    "adbench_ba",
    "adbench_lstm",
    "adbench_hand",
)
