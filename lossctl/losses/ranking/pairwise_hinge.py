"""Pairwise hinge loss of lists."""

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.losses.builders.ranking_lists import MARGIN
from lossctl.losses.builders.ranking_pairs import NOTES, pair_loss


def cost(difference: Array, *, margin: float) -> Array:
    """max(0, margin − difference)."""
    return relu(margin - difference)


def cost_slope(difference: Array, *, margin: float) -> Array:
    """−1 where the margin is not kept."""
    return -relu_slope(margin - difference)


PAIRWISE_HINGE = pair_loss(
    "pairwise_hinge",
    title="Pairwise hinge loss",
    cost=cost,
    cost_slope=cost_slope,
    params=(Param("margin", 1.0, NONNEGATIVE, "Margin by which the better item should lead."),),
    page=Page(
        summary="Pairwise hinge (RankSVM): max(0, 1 − (s_i − s_j)) over pairs with i more relevant",
        also_called=("Ranking SVM", "WARP without sampling"),
        curve=MARGIN,
        formula="mean over pairs with y_i > y_j of max(0, m − (s_i − s_j))",
        use_when=(
            "the order of pairs matters and pairs beyond the margin should have no gradient",
            "lists hold clicks, or a few grades",
        ),
        avoid_when=(
            "only the top of the list matters (use lambda_rank or approx_ndcg)",
            "a probability of each order is wanted (use ranknet)",
        ),
        expected={
            "perfect": "0: every more relevant item leads by the margin",
            "chance": "the margin, for equal scores",
            "bad": "> the margin",
        },
        references=(
            Reference(
                "Joachims, Optimizing search engines using clickthrough data (2002)",
                "doi:10.1145/775047.775067",
            ),
        ),
        examples=(
            Example.of(
                1.25,
                "1 − (1 − 0.5) = ½ and 1 − (1 − 2) = 2: (½ + 2) / 2",
                predictions=[1.0, 0.5, 2.0],
                targets=[1.0, 0.0, 0.0],
            ),
        ),
        notes=NOTES,
        kinks="a difference equal to the margin, where the slope is taken as 0",
    ),
)
