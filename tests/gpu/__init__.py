"""GPU and C++ code checked without a GPU: compiled, executed, compared bit by bit."""
