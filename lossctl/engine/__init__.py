"""Evaluate losses over blocks of arrays or files: reading, folding, gradients."""
