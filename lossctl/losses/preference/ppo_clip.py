"""Clipped surrogate objective of PPO, as a loss."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.numeric.primitives import exp
from lossctl.losses.builders.records import record_loss


def value(log_probability: Array, old: Array, advantage: Array, *, clip: float) -> dict[str, Array]:
    """−A·min(r, 1 + c) for advantages over 0, −A·max(r, 1 − c) below; and which are clipped."""
    ratio = exp(log_probability - old)
    good = advantage > 0.0
    held = np.where(good, np.minimum(ratio, 1.0 + clip), np.maximum(ratio, 1.0 - clip))
    clipped = (held != ratio) & (advantage != 0.0)
    return {"loss": -zero_safe_product(advantage, held), "clipped": clipped}


def slopes(
    log_probability: Array, old: Array, advantage: Array, *, clip: float
) -> dict[str, Array]:
    """−A·r while r may still move that way, its edge included; else 0."""
    ratio = exp(log_probability - old)
    free = np.where(advantage > 0.0, ratio <= 1.0 + clip, ratio >= 1.0 - clip)
    return {"log_probability": np.where(free, -zero_safe_product(advantage, ratio), 0.0)}


def clipped_note(*, clip: float, clipped: Any = 0.0, **_: Any) -> Sequence[str]:
    """Say how many items are clipped, if any."""
    count = int(clipped)
    if not count:
        return ()
    verb = "item is" if count == 1 else "items are"
    return (f"{count} {verb} clipped: ratio beyond 1 ± {clip:g}, gradient 0",)


PPO_CLIP = record_loss(
    "ppo_clip",
    title="PPO clipped policy loss",
    tasks=("preference", "policy"),
    inputs=(
        Input(
            "log_probability",
            "item",
            "value",
            "log-probabilities of the actions (tokens) under the policy",
            differentiable=True,
        ),
        Input(
            "old_log_probability",
            "item",
            "value",
            "log-probabilities of the same actions when they were drawn",
        ),
        Input("advantage", "item", "value", "advantage of each action"),
    ),
    value=value,
    slopes=slopes,
    counts=("clipped",),
    notes=clipped_note,
    params=(Param("clip", 0.2, POSITIVE, "Clip range: how far the ratio may be from 1."),),
    page=Page(
        summary="−min(r·A, clip(r, 1 ± c)·A): PPO's clipped surrogate, r the policy ratio",
        also_called=("proximal policy optimization", "clipped surrogate objective"),
        curve=Curve(
            "log of the ratio, for an advantage of 1", -1.0, 1.0, lambda x: ([x], [0.0], [1.0])
        ),
        formula="−min(r·A, clip(r, 1 − c, 1 + c)·A),  r = e^(log π − log π_old)",
        use_when=(
            "a policy is updated for several steps on actions drawn by an older one",
            "the share of clipped items of a saved batch is inspected",
        ),
        avoid_when=(
            "values of different batches are compared: advantages are relative to each batch",
            "there are preferences and no reward model (use dpo)",
        ),
        expected={
            "perfect": "no fixed value: −mean(A) at r = 1, about 0 for normalised advantages",
            "bad": "large and positive: bad actions became much likelier",
        },
        references=(
            Reference(
                "Schulman et al., Proximal policy optimization algorithms (2017)",
                "arXiv:1707.06347",
            ),
        ),
        examples=(
            Example.of(
                -0.06666666666666667,
                "ratios 1, 2 and 2: (−1·1 − 1·min(2, 1.2) + 1·max(2, 0.8)) / 3 = −0.2 / 3",
                log_probability=[0.0, 0.6931471805599453, 0.6931471805599453],
                old_log_probability=[0.0, 0.0, 0.0],
                advantage=[1.0, 1.0, -1.0],
            ),
            Example.of(
                -0.1,
                "ratio ½ twice: (1·max(½, 0.8) − 2·min(½, 1.2)) / 2",
                log_probability=[-0.6931471805599453, -0.6931471805599453],
                old_log_probability=[0.0, 0.0],
                advantage=[-1.0, 2.0],
            ),
        ),
        notes=(
            "a loss to be minimised: the paper writes the objective to be maximised",
            "value loss and entropy bonus are not part of it: add them in a run",
            "bad actions that became likelier are not clipped: their loss −r·A is unbounded",
            "an advantage of 0 gives loss 0, whatever the ratio",
        ),
        kinks="r = 1 + c (A > 0) and r = 1 − c (A < 0), where the slope is still taken as −A·r",
    ),
)
