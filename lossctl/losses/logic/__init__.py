"""Losses of the logic family, one file each."""
