"""Losses of the generative family, one file each."""
