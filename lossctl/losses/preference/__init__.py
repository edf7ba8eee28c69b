"""Losses of the preference family, one file each."""
