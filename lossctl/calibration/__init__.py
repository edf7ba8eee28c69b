"""Calibration of probabilities: isotonic fits, decompositions, bands, recalibrators; arrays in."""
