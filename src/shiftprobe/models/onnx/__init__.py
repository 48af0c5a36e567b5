"""ONNX graphs, read without their library, checked, and run in a process of their own."""
