"""Maths that several losses share, on blocks of NumPy arrays."""
