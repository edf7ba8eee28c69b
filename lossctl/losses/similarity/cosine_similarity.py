"""Squared error of cosines."""

from lossctl.core.curves import Curve
from lossctl.core.domain import Interval
from lossctl.core.loss import Array, Example, Input, Page, Reference
from lossctl.core.records import record_loss
from lossctl.kernels.cosine import angle, beyond, pull_cosine
from lossctl.losses.similarity._blank import ZERO_VECTOR, blank_faults
from lossctl.losses.similarity._inputs import SIDES, turned


def value(first: Array, second: Array, targets: Array, *, zero_vector: str) -> Array:  # noqa: ARG001 - read by `faults`
    """Square of how far the cosine is from the wanted one."""
    gap = beyond(angle(first, second), targets)
    return gap * gap


def slopes(first: Array, second: Array, targets: Array, *, zero_vector: str) -> dict[str, Array]:  # noqa: ARG001
    """Twice the gap times the slope of the cosine, and −2 times the gap for the target."""
    found = angle(first, second)
    gap = 2.0 * beyond(found, targets)
    to_first, to_second = pull_cosine(found, gap)
    return {"first": to_first, "second": to_second, "targets": -gap}


COSINE_SIMILARITY = record_loss(
    "cosine_similarity",
    title="Squared error of cosines",
    tasks=("embedding", "regression"),
    inputs=(
        *SIDES,
        Input(
            "targets",
            "item",
            "value",
            "the cosine each pair should have",
            expected=Interval(-1.0, 1.0),
            differentiable=True,
        ),
    ),
    packs=("first", "second"),
    value=value,
    slopes=slopes,
    faults=blank_faults("first", "second"),
    params=(ZERO_VECTOR,),
    page=Page(
        summary="How far the cosine of two embeddings is from the similarity they should have.",
        curve=Curve(
            "cosine of a pair that should have 0.5",
            -1.0,
            1.0,
            lambda x: ([[1.0, 0.0]], [turned(x)], [0.5]),
        ),
        formula="(cos(a, b) − t)²",
        use_when=(
            "similarity comes in degrees: ratings of pairs of sentences, scaled to [0, 1]",
            "cosines will be read as numbers, not only sorted",
        ),
        avoid_when=(
            "only pairs that belong together are known (use multiple_negatives_ranking)",
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
