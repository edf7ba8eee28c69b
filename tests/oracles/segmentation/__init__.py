"""Oracles of the segmentation losses, one loss a file."""
