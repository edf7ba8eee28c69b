"""Oracles of the losses of embeddings."""
