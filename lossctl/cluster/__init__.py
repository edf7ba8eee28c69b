"""Evaluations by workers of Dask, which are processes on this machine or on others.

The program that was asked runs here, as always, and in every worker as far as it is asked for: it
opens the same files and makes the same plans, and where it passes over the data each worker
evaluates shares of the blocks. Whoever runs it takes the answers of all, in the order of the grid,
and goes on with the same bits.
"""
