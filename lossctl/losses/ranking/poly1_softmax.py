"""Poly-1 softmax loss of lists."""

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.primitives import exp, expm1, log
from lossctl.kernels.probability.softmax import negative_log_softmax, weighted_nll_vjp
from lossctl.losses.builders.ranking_lists import MARGIN, RELEVANCE, SCORES, graded, list_loss
from lossctl.losses.ranking.listnet import DISTRIBUTION, faults, shares


def nll_of(scores: Array, weights: Array | None) -> Array:
    """Return −log of the probability of each item, of which weight w stands for w alike."""
    if weights is None:
        return negative_log_softmax(scores)
    log_weights = log(weights)
    return negative_log_softmax(scores + log_weights) + log_weights


def shares_of(
    relevance: Array, distribution: str, weights: Array | None
) -> tuple[Array, Array, Array]:
    """Return the true shares, which lists count, and what their cross-entropy is multiplied by."""
    if distribution != "relevance":
        true_p, counts = shares(relevance, distribution, weights)
        return true_p, counts, np.ones(len(relevance), relevance.dtype)
    relevance, counts = shares(relevance, "relevance", weights)
    true_p, has_shares = shares(relevance, "share")
    copies = np.ones_like(relevance) if weights is None else weights
    even = copies / copies.sum(axis=1, keepdims=True)  # the shares where nothing is relevant
    return np.where(has_shares[:, None], true_p, even), counts, relevance.sum(axis=1)


def value(
    scores: Array,
    relevance: Array,
    *,
    epsilon: float,
    distribution: str,
    weights: Array | None = None,
) -> tuple[Array, Array]:
    """Cross-entropy of the list plus ε·(1 − p_t), both from −log p."""
    true_p, counts, total = shares_of(relevance, distribution, weights)
    nll = nll_of(scores, weights)
    cross_entropy = total * (true_p * nll).sum(axis=1)
    return cross_entropy + epsilon * (true_p * -expm1(-nll)).sum(axis=1), counts


def slope(
    scores: Array,
    relevance: Array,
    *,
    epsilon: float,
    distribution: str,
    weights: Array | None = None,
) -> Array:
    """Each share weighs the slope of −log p by 1 + ε·p."""
    true_p, _, total = shares_of(relevance, distribution, weights)
    factor = total[:, None] + epsilon * exp(-nll_of(scores, weights))
    shifted = scores if weights is None else scores + log(weights)
    return weighted_nll_vjp(shifted, true_p * factor)


POLY1_SOFTMAX = list_loss(
    "poly1_softmax",
    title="Poly-1 softmax",
    tasks=("ranking",),
    inputs=(SCORES, RELEVANCE),
    value=value,
    slope=slope,
    sample=graded,
    faults=faults,
    item_weights=True,
    params=(
        Param("epsilon", 1.0, NONNEGATIVE, "Weight ε of the first polynomial term 1 − p_t."),
        DISTRIBUTION,
    ),
    page=Page(
        summary="Poly-1 softmax: ListNet + ε·(1 − p_t), p_t the softmax share of relevant items",
        also_called=("PolyLoss of lists", "poly-1 ranking loss"),
        curve=MARGIN,
        formula="−Σ P(i)·log softmax(s)_i + ε·(1 − Σ P(i)·softmax(s)_i),  P = softmax(y), y / Σy, "
        "or y in the first sum and y / Σy in the second",
        use_when=(
            "listnet is used and items that are nearly first should keep more of their gradient",
            "one click or few relevant items per list should come first",
        ),
        avoid_when=(
            "the plain cross-entropy of lists is enough: there is one more parameter to tune",
            "the order below the top matters as much (use listmle or ranknet)",
        ),
        expected={
            "perfect": "0 when P is certain",
            "chance": "log L + ε·(1 − 1/L) for equal scores of L items",
            "bad": "> log L + ε",
        },
        references=(
            Reference("Leng et al., PolyLoss (2022)", "arXiv:2204.12511"),
            Reference(
                "Jagerman et al., Rax: composable learning-to-rank using JAX (2022)",
                "doi:10.1145/3534678.3539065",
            ),
        ),
        examples=(
            Example.of(
                2.1362943611198906,
                "equal scores of four items: log 4 + 1·(1 − ¼)",
                predictions=[0.0, 0.0, 0.0, 0.0],
                targets=[3.0, 1.0, 0.0, 2.0],
            ),
            Example.of(
                1.6931471805599454,
                "equal scores of two items: log 2 + 2·(1 − ½)",
                {"distribution": "relevance", "epsilon": 2.0},
                predictions=[0.0, 0.0],
                targets=[1.0, 0.0],
            ),
        ),
        notes=(
            "each list is one item: the mean is over lists",
            (
                "weight w of one item stands for w items: P = w·e^y / Σ w·e^y, and Σ e^s "
                "becomes Σ w·e^s"
            ),
            (
                "with distribution=share a list without any relevance has weight 0: it is no "
                "part of the mean; with distribution=relevance its loss is ε·(1 − 1/L)"
            ),
            "distribution=relevance gives the numbers of Rax",
        ),
    ),
)
