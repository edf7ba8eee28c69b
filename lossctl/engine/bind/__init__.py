"""Bind data to a loss: which array is which input, how they lie, and what is evaluated."""
