"""Kernels that several methods use; each names its formula and where it comes from."""

__all__ = []
