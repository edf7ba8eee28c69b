"""Losses of the classification family, one file each."""
