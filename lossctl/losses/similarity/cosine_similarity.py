"""Squared error of cosines."""

from lossctl.core.domain import Interval
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.distance.cosine import Angle, cosine_minus
from lossctl.losses.builders.embeddings import direction_loss, unit_vector

TARGETS = Input(
    "targets",
    "item",
    "value",
    "target cosine of each pair",
    expected=Interval(-1.0, 1.0),
    differentiable=True,
)


def value(pairs: Angle, targets: Array) -> Array:
    """Square of how far the cosine is from the wanted one."""
    error = cosine_minus(pairs, targets)
    return error * error


def slopes(pairs: Angle, targets: Array) -> tuple[Array, dict[str, Array]]:
    """Twice the gap times the slope of the cosine, and −2 times the gap for the target."""
    error = 2.0 * cosine_minus(pairs, targets)
    return error, {"targets": -error}


COSINE_SIMILARITY = direction_loss(
    "cosine_similarity",
    title="Squared error of cosines",
    tasks=("embedding", "regression"),
    more=(TARGETS,),
    value=value,
    slopes=slopes,
    page=Page(
        summary="(cos(a, b) − target)²: squared error of the cosine similarity",
        also_called=("cosine regression",),
        curve=Curve(
            "cosine of a pair with target 0.5",
            -1.0,
            1.0,
            lambda x: ([[1.0, 0.0]], [unit_vector(x)], [0.5]),
        ),
        formula="(cos(a, b) − t)²",
        use_when=(
            "similarity is graded: ratings of pairs of sentences, scaled to [0, 1]",
            "cosines are used as values, not only for sorting",
        ),
        avoid_when=(
            "only positive pairs are known (use multiple_negatives_ranking)",
            "the order of the cosines matters and not their size",
        ),
        expected={
            "perfect": "0",
            "chance": "the mean of t², for random directions",
            "bad": "> 1",
        },
        references=(Reference("Reimers & Gurevych, Sentence-BERT (2019)", "arXiv:1908.10084"),),
        examples=(
            Example.of(
                0.125,
                "((0.6 − 0.1)² and (0 − 0)²) / 2",
                first=[[3.0, 4.0], [1.0, 0.0]],
                second=[[2.0, 0.0], [0.0, 2.0]],
                targets=[0.1, 0.0],
            ),
        ),
        notes=(
            "1 − cos as a loss is cosine_distance; Keras' CosineSimilarity is −cos",
            "ratings from 0 to 5 must be scaled first: targets beyond [−1, 1] cannot be reached",
        ),
        kinks="a vector of zeros, where the slope is taken as 0",
    ),
)
