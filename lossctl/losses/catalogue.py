"""The catalogue: every loss by its id, with the family that holds its file and its other names.

``"huber": Entry("regression")`` means ``HUBER`` in ``lossctl/losses/regression/huber.py``. Nothing
is imported before a loss is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.core.spelling import did_you_mean


@dataclass(frozen=True)
class Entry:
    """Where a loss lives and what else it is called."""

    family: str
    aliases: tuple[str, ...] = ()


CATALOGUE: dict[str, Entry] = {
    "mse": Entry("regression", ("l2", "mean_squared_error")),
    "mae": Entry("regression", ("l1", "mean_absolute_error")),
    "huber": Entry("regression"),
    "smooth_l1": Entry("regression"),
    "bce": Entry("classification", ("binary_cross_entropy",)),
    "bce_with_logits": Entry("classification"),
    "focal": Entry("classification"),
    "cross_entropy": Entry("classification", ("ce", "categorical_cross_entropy")),
    "dice": Entry("segmentation"),
    "tversky": Entry("segmentation"),
    "rule_satisfaction": Entry("logic"),
    "constraint_violation": Entry("logic"),
}

FAMILIES: dict[str, str] = {
    "regression": "Distances between predicted and true values",
    "classification": "Labels and classes from logits or probabilities",
    "segmentation": "Overlap of predicted and true masks",
    "logic": "Rules and constraints",
}


def resolve(name: str) -> str:
    """Return the id for an id or an alias; hyphens and case do not matter.

    Raises
    ------
    UsageError
        For a name that is neither, with the nearest one.
    """
    wanted = name.strip().lower().replace("-", "_")
    if wanted in CATALOGUE:
        return wanted
    known = dict.fromkeys(CATALOGUE) | {
        alias: loss_id for loss_id, entry in CATALOGUE.items() for alias in entry.aliases
    }
    if found := known.get(wanted):
        return found
    hint = did_you_mean(wanted, known) or "; `lossctl list` shows them all"
    raise UsageError(f"unknown loss {name!r}{hint}")


@cache
def get(name: str) -> Loss:
    """Return the loss declared under an id or an alias."""
    loss_id = resolve(name)
    module = import_module(f"lossctl.losses.{CATALOGUE[loss_id].family}.{loss_id}")
    loss: Loss = getattr(module, loss_id.upper())
    return loss


def every_loss() -> Iterator[Loss]:
    """Yield every loss in catalogue order."""
    return (get(loss_id) for loss_id in CATALOGUE)
