"""Losses given as a formula, one file each."""
