"""ONNX: a model of operators, which runtimes of neural networks read."""
