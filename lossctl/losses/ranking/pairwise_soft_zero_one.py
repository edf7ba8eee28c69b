"""Pairwise soft zero-one loss of lists."""

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.probability.logistic import sigmoid_of_any
from lossctl.losses.builders.ranking_lists import MARGIN, SIGMA
from lossctl.losses.builders.ranking_pairs import NOTES, pair_loss


def cost(margin: Array, *, sigma: float) -> Array:
    """σ(−difference)."""
    return sigmoid_of_any(-sigma * margin)


def cost_slope(margin: Array, *, sigma: float) -> Array:
    """−σ(d)·σ(−d)."""
    return -sigma * sigmoid_of_any(-sigma * margin) * sigmoid_of_any(sigma * margin)


PAIRWISE_SOFT_ZERO_ONE = pair_loss(
    "pairwise_soft_zero_one",
    title="Pairwise soft zero-one loss",
    cost=cost,
    cost_slope=cost_slope,
    params=(SIGMA,),
    page=Page(
        summary="Pairwise soft zero-one: sigmoid(−(s_i − s_j)), a smooth share of wrong pairs",
        also_called=("smooth pairwise error", "soft AUC loss"),
        curve=MARGIN,
        formula="mean over pairs with y_i > y_j of 1/(1 + e^(σ(s_i − s_j)))",
        use_when=(
            "the share of wrongly ordered pairs (1 − AUC, Kendall's tau) is the metric",
            "some labels are wrong: no pair costs more than 1",
        ),
        avoid_when=(
            "training starts from bad scores: far wrong pairs have no gradient (use ranknet)",
            "only the top of the list matters (use lambda_rank or approx_ndcg)",
        ),
        expected={
            "perfect": "0: every more relevant item is far ahead",
            "chance": "½ for equal scores",
            "bad": "> ½: more pairs in the wrong order than in the right one",
        },
        references=(
            Reference(
                "Jagerman et al., Rax: composable learning-to-rank using JAX (2022)",
                "doi:10.1145/3534678.3539065",
            ),
        ),
        examples=(
            Example.of(
                0.375,
                "differences log 3 and 0: (¼ + ½) / 2",
                predictions=[1.0986122886681098, 0.0, 1.0986122886681098],
                targets=[1.0, 0.0, 0.0],
            ),
        ),
        notes=NOTES,
    ),
)
