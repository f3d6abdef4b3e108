"""Programs of `torch.export`, said in gradc's operations."""
