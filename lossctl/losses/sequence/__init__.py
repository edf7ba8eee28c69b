"""Losses that align sequences."""
