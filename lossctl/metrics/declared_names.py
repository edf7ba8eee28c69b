"""How the declaration of a loss or a metric is found again in another process."""

from collections.abc import Sequence
from typing import Any

from lossctl.core.loss import Loss


def name_of(base: Loss, used: Loss) -> list[Any]:
    """Return how a loss is found again: whether it is a metric, its id, and which variant it is."""
    variants = [number for number, each in enumerate(base.variants) if each is used]
    return [base.is_metric, base.id, variants[0] if variants else None]


def loss_named(name: Sequence[Any]) -> Loss:
    """Return the loss or metric of such a name."""
    is_metric, loss_id, variant = name
    if is_metric:
        from lossctl.metrics.known_metrics import load  # noqa: PLC0415 - metrics only

        base: Loss = load(loss_id)
    else:
        from lossctl.losses.catalogue import get  # noqa: PLC0415 - with what is read only

        base = get(loss_id)
    return base if variant is None else base.variants[variant]
