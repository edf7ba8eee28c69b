"""Loss of the generator of a GAN."""

from lossctl.core.loss import Array, Curve, Example, Input, Page
from lossctl.losses.builders.generative import GAN_REFERENCES, GAN_TASKS, GENERATED, mode_of
from lossctl.losses.builders.records import record_loss


def value(fake: Array, *, mode: str) -> Array:
    """Cost of a generated sample's score to the generator."""
    return GENERATED[mode](fake)[0]


def slopes(fake: Array, *, mode: str) -> dict[str, Array]:
    """Derivative of the cost."""
    return {"fake": GENERATED[mode](fake)[1]}


GAN_GENERATOR = record_loss(
    "gan_generator",
    title="GAN generator loss",
    tasks=GAN_TASKS,
    inputs=(
        Input(
            "fake", "item", "logit", "scores of generated samples, no sigmoid", differentiable=True
        ),
    ),
    value=value,
    slopes=slopes,
    params=(mode_of(GENERATED),),
    page=Page(
        summary="GAN generator loss of fake scores: −log σ(fake); or minimax, LSGAN, hinge, WGAN",
        also_called=(
            "adversarial loss",
            "non-saturating GAN",
            "LSGAN",
            "WGAN",
            "Wasserstein loss",
        ),
        curve=Curve("score of the generated sample", -5.0, 5.0, lambda x: ([x],)),
        formula="bce: log(1 + e^(−f));  minimax: −log(1 + e^f);  least_squares: ½(f − 1)²;  "
        "hinge, wasserstein: −f",
        use_when=(
            "the balance of generator and discriminator is inspected on saved scores",
            "with gan_discriminator in the same mode (minimax belongs to bce)",
        ),
        avoid_when=(
            "samples are evaluated: the value depends on the discriminator at that time",
            "minimax, where the discriminator wins: its gradient vanishes (that of bce does not)",
        ),
        expected={
            "perfect": "bce and least_squares 0; minimax, hinge and wasserstein have no bound",
            "chance": "bce log 2, minimax −log 2",
        },
        references=GAN_REFERENCES,
        examples=(
            Example.of(0.6931471805599453, "log 2", fake=[0.0]),
            Example.of(-0.6931471805599453, "log(1 − ½)", {"mode": "minimax"}, fake=[0.0]),
            Example.of(2.5, "(½·1² + ½·3²) / 2", {"mode": "least_squares"}, fake=[0.0, 4.0]),
            Example.of(-1.5, "−(1 + 2) / 2", {"mode": "hinge"}, fake=[1.0, 2.0]),
        ),
        notes=("bce is the non-saturating form used in practice; minimax is the original game",),
    ),
)
