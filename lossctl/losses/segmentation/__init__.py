"""Losses of the segmentation family, one file each."""
