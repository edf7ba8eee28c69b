"""Sigmoid, softmax, negative log-likelihood, divergences and deviances."""
