"""Maths of the kernels, beyond what the laws of losses reach."""
