"""ONNX files: the front that says their nodes in gradc's operations."""
