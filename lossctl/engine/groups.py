"""Losses of whole groups: a batch or a sample whose items belong together.

A ``set`` is a group without order (Lovász losses sort it): items that do not count are taken out
before the loss sees it. A ``grid`` keeps its spatial shape (distance transforms need it), so every
item of it must count. A group is one block and gives one item loss.
"""

from typing import Any

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.engine.block import Block
from lossctl.engine.plan import Plan


def gather(plan: Plan, block: Block) -> tuple[tuple[Array, ...], Array | None]:
    """Return the arrays of a group as its loss takes them, and the mask of items kept.

    Raises
    ------
    DataError
        When items are left out of a grid.
    UsageError
        When elements have label columns: a group is one mask.
    """
    if plan.fit.layout.form == "element" and plan.fit.layout.columns:
        raise UsageError(
            f"task: {plan.loss.id} takes one mask a group, not several labels; "
            "evaluate each label by itself"
        )
    if plan.loss.grouped == "grid":
        if block.ignored or block.omitted:
            raise DataError(
                f"{plan.loss.id}: {block.ignored + block.omitted} items do not count, but a "
                "distance needs every pixel; give complete masks"
            )
        shape = plan.fit.layout.item_shape[-plan.loss.grid_axes :]
        return tuple(array.reshape(*shape, *array.shape[1:]) for array in block.arrays), None
    if block.weights is None:
        return block.arrays, None
    keep = block.weights > 0.0
    return tuple(array[keep] for array in block.arrays), keep


def scatter(block: Block, gradient: Array, keep: Array | None) -> Array:
    """Put the gradient of a group back where its items stand; 0 for those that do not count."""
    like = block.arrays[0]
    if keep is None:
        return gradient.reshape(like.shape)
    spread = np.zeros(like.shape, gradient.dtype)
    spread[keep] = gradient
    return spread


def group_terms(plan: Plan, block: Block) -> dict[str, Any]:
    """Return the statistics of one group; a group without items counts for nothing."""
    arrays, keep = gather(plan, block)
    if keep is not None and not keep.any():
        return {"loss": np.zeros(1), "weight": 0.0}
    return {
        "loss": np.reshape(plan.form.terms(*arrays, **plan.arguments)["loss"], 1),
        "weight": 1.0,
    }


def group_pullback(plan: Plan, block: Block, slopes: dict[str, Any]) -> dict[str, Array]:
    """Carry the slopes of a group back to its items."""
    arrays, keep = gather(plan, block)
    if keep is not None and not keep.any():
        return {"predictions": np.zeros_like(block.arrays[0])}
    found = plan.form.pullback(*arrays, slopes=slopes, **plan.arguments)
    return {name: scatter(block, gradient, keep) for name, gradient in found.items()}
