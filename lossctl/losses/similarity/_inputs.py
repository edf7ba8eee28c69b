"""Inputs that losses of embeddings share."""

from lossctl.core.loss import Input


def embedding(name: str, text: str) -> Input:
    """Declare an input of one embedding an item: (…, D)."""
    return Input(name, "item feature", "embedding", text, differentiable=True)
