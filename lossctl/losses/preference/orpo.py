"""Odds ratio preference optimisation."""

import math
from dataclasses import replace

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Interval
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.kernels.numeric.matmul import plain
from lossctl.kernels.numeric.primitives import exp, expm1, log, log1p
from lossctl.kernels.probability.logistic import sigmoid, softplus
from lossctl.losses.builders.preferences import AVERAGES, BETA, MEANS, NLL_WEIGHT
from lossctl.losses.builders.records import record_loss

BELOW_ZERO = Interval(-math.inf, 0.0, "neither")
MOST = 50.0
"""An answer that is e^50 times as likely as the other has the higher odds."""


def complement(log_p: Array) -> Array:
    """Return 1 − p of log p; the layout in memory decides the last bit of ``expm1``."""
    return -expm1(plain(log_p))


def odds_ratio(chosen: Array, rejected: Array) -> tuple[Array, Array]:
    """Return the odds of the rejected answer over those of the chosen one, and their logarithm.

    The odds are e^(r − c)·(1 − e^c)/(1 − e^r): no logarithm rounds before they are taken. They hold
    where their logarithm is at most 0, and may overflow elsewhere.
    """
    lead, other, rest = rejected - chosen, complement(chosen), complement(rejected)
    odds = exp(np.clip(lead, -np.inf, MOST)) * (other / rest)
    return odds, lead + (log(other) - log(rest))


def value(chosen: Array, rejected: Array, *, beta: float, nll_weight: float) -> Array:
    """−log p of the chosen answer, and β times −log σ of the log odds ratio."""
    odds, logs = odds_ratio(chosen, rejected)
    cost = np.where(logs > 0.0, softplus(logs), log1p(odds))
    return beta * cost - nll_weight * chosen


def slopes(chosen: Array, rejected: Array, *, beta: float, nll_weight: float) -> dict[str, Array]:
    """β·σ(−log odds ratio), over 1 − p of each answer."""
    odds, logs = odds_ratio(chosen, rejected)
    share = beta * np.where(logs > 0.0, sigmoid(logs), odds / (1.0 + odds))
    return {
        "policy_chosen": -share / complement(chosen) - nll_weight,
        "policy_rejected": share / complement(rejected),
    }


ORPO = record_loss(
    "orpo",
    title="Odds ratio preference optimisation (ORPO)",
    tasks=("preference",),
    inputs=tuple(replace(entry, domain=BELOW_ZERO) for entry in MEANS),
    value=value,
    slopes=slopes,
    params=(
        replace(BETA, domain=NONNEGATIVE, help="Weight of the odds ratio term (λ of the paper)."),
        NLL_WEIGHT,
    ),
    page=Page(
        summary="ORPO: −log p chosen − β·log σ(log odds chosen − log odds rejected), needs no "
        "reference",
        also_called=("odds ratio preference optimization",),
        curve=Curve(
            "mean log-probability of the chosen answer, that of the rejected being −2",
            -5.0,
            -0.05,
            lambda x: ([x], [-2.0]),
        ),
        formula="−w·log p_c + β·log(1 + e^(−r)),  r = log[p_c/(1 − p_c)] − log[p_r/(1 − p_r)]",
        use_when=(
            "supervised fine-tuning and preference tuning are to be one step",
            "no reference model is available",
        ),
        avoid_when=(
            "the policy must stay near a reference (use dpo)",
            "the log-probabilities are sums: divide them by the lengths first",
        ),
        expected={
            "perfect": "near 0: the chosen answer is certain, the rejected one impossible",
            "chance": "β·log 2 plus −log p of the chosen answer, for equally likely answers",
        },
        references=(
            Reference(
                "Hong, Lee & Thorne, ORPO: monolithic preference optimization without reference "
                "model (2024)",
                "arXiv:2403.07691",
            ),
        ),
        examples=(
            Example.of(
                1.0986122886681098,
                "p = ½ and ⅓, odds 1 and ½: log 2 + 1·log(1 + ½) = log 3",
                {"beta": 1.0},
                policy_chosen=[-0.6931471805599453],
                policy_rejected=[-1.0986122886681098],
            ),
        ),
        notes=(
            AVERAGES,
            (
                "TRL's −log p is a mean over the tokens of a batch, here over those of "
                "each answer first; nll_weight 0 gives the odds ratio term alone"
            ),
        ),
    ),
)
