"""Slow, independent formulas for every loss, in arbitrary precision.

Each oracle is the textbook definition written down literally and evaluated with enough digits that
no rewriting for stability is needed. Nothing here imports the package under test.
"""
