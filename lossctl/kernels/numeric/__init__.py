"""Pointwise functions, sums of rows, products, polynomials, hashes, the cache of a block."""
