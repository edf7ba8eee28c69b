"""Losses of embeddings: which ones should be near, and which apart."""
