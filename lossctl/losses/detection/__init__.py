"""Losses of the detection family, one file each."""
