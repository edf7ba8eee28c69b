"""Limits on values, and comparisons with earlier results: what makes the exit code 1."""
