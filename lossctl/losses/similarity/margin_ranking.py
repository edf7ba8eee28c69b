"""Margin ranking loss."""

from lossctl.core.domain import NONNEGATIVE, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.kernels.numeric.primitives import primitive
from lossctl.losses.builders.elementwise import with_total
from lossctl.losses.builders.embeddings import SIGNS
from lossctl.losses.builders.records import record_loss


@primitive
def margin_ranking_loss(first: Array, second: Array, targets: Array, margin: float) -> Array:
    """max(0, margin − y·(first − second))."""
    return relu(margin - targets * (first - second))


value, total = with_total(
    margin_ranking_loss,
    lambda first, second, targets, *, margin: (first, second, targets, margin),
    of_signs=True,
)


def slopes(first: Array, second: Array, targets: Array, *, margin: float) -> dict[str, Array]:
    """∓y where the margin is not kept, 0 beyond it and on its edge."""
    change = targets * relu_slope(margin - targets * (first - second))
    return {"first": -change, "second": change}


MARGIN_RANKING = record_loss(
    "margin_ranking",
    title="Margin ranking loss",
    tasks=("ranking", "embedding"),
    inputs=(
        Input("first", "item", "score", "scores of the first of each pair", differentiable=True),
        Input("second", "item", "score", "scores of the second", differentiable=True),
        SIGNS,
    ),
    value=value,
    total=total,
    slopes=slopes,
    params=(
        Param("margin", 0.0, NONNEGATIVE, "Margin: score difference from which a pair has loss 0."),
    ),
    page=Page(
        summary="Pairwise hinge (margin ranking): max(0, margin − y·(score₁ − score₂))",
        also_called=("pairwise ranking hinge", "pairwise hinge", "RankSVM"),
        curve=Curve("better score minus the other", -2.0, 2.0, lambda x: ([x], [0.0], [1.0])),
        formula="max(0, −y·(x₁ − x₂) + m),  y = 1 if the first should be higher, else −1",
        use_when=(
            "it is known which of two should rank higher, and nothing more",
            "comparisons are certain: a pair in the right order should have loss 0",
        ),
        avoid_when=(
            "comparisons are noisy (a logistic loss of the difference tolerates more)",
            "whole lists are evaluated by their top",
        ),
        expected={
            "perfect": "0: every pair is in order by the margin",
            "chance": (
                "the margin, when all scores are equal: 0 at the default, so a collapse is not seen"
            ),
            "bad": "> the margin",
        },
        references=(
            Reference(
                "Herbrich, Graepel & Obermayer, Large margin rank boundaries for ordinal "
                "regression (2000)",
                "doi:10.7551/mitpress/1113.003.0010",
            ),
            Reference(
                "PyTorch, MarginRankingLoss",
                "https://docs.pytorch.org/docs/stable/generated/torch.nn.MarginRankingLoss.html",
            ),
        ),
        examples=(
            Example.of(
                0.5,
                "(0 for the difference of 1, 1 for the wrong order) / 2",
                first=[2.0, 0.5],
                second=[1.0, -0.5],
                targets=[1.0, -1.0],
            ),
            Example.of(
                1.25,
                "(1½ − 1 = ½ and 1½ + ½ = 2) / 2",
                {"margin": 1.5},
                first=[2.0, 0.5],
                second=[1.0, 1.0],
                targets=[1.0, 1.0],
            ),
        ),
        notes=("with margin 0 equal scores have loss 0 and no gradient",),
        kinks="a difference of exactly the margin, where the slope is taken as 0",
    ),
)
