"""Pairs of items in lists."""
