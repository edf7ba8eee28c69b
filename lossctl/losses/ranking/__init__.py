"""Losses of the ranking family, one file each."""
