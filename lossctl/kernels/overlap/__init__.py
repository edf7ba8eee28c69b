"""Overlap of masks and of boxes."""
