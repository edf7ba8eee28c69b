"""Losses of the regression family, one file each."""
