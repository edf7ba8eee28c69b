"""Loss of the discriminator (critic) of a GAN."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lossctl.core.loss import Array, Curve, Example, Input, Page
from lossctl.losses.builders.generative import FAKE, GAN_REFERENCES, GAN_TASKS, REAL, Cost, mode_of
from lossctl.losses.builders.records import record_loss


def value(real: Array, fake: Array, *, mode: str) -> Array:
    """Cost of a real score and of a generated one."""
    return REAL[mode](real)[0] + FAKE[mode](fake)[0]


def slopes(real: Array, fake: Array, *, mode: str) -> dict[str, Array]:
    """Derivatives of both costs."""
    return {"real": REAL[mode](real)[1], "fake": FAKE[mode](fake)[1]}


def one_side(name: str, costs: Mapping[str, Cost]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the value and the slopes of the scores of one side."""

    def value_of_side(scores: Array, *, mode: str) -> Array:
        return costs[mode](scores)[0]

    def slopes_of_side(scores: Array, *, mode: str) -> dict[str, Array]:
        return {name: costs[mode](scores)[1]}

    return value_of_side, slopes_of_side


SCORES = (
    Input("real", "item", "logit", "scores of real samples, no sigmoid", differentiable=True),
    Input("fake", "item", "logit", "scores of generated samples", differentiable=True),
)
MODE = mode_of(REAL)
PAGE = Page(
    summary="GAN discriminator loss: −log σ(real) − log(1 − σ(fake)); or LSGAN, hinge, WGAN",
    also_called=(
        "adversarial loss",
        "critic loss",
        "LSGAN",
        "WGAN",
        "hinge GAN",
        "Wasserstein loss",
    ),
    curve=Curve("score r of the real, −r of the generated", -5.0, 5.0, lambda x: ([x], [-x])),
    formula="bce: log(1 + e^(−r)) + log(1 + e^f);  least_squares: ½(r − 1)² + ½f²;  "
    "hinge: max(0, 1 − r) + max(0, 1 + f);  wasserstein: f − r",
    use_when=(
        "the balance of generator and discriminator is inspected on saved scores",
        "scores are logits; a critic's (wasserstein) may be any number",
    ),
    avoid_when=(
        "samples are evaluated: a low value only says that the discriminator wins",
        "scores have been through a sigmoid: give the logits",
    ),
    expected={
        "perfect": "0 for the discriminator (wasserstein: no bound)",
        "chance": "bce 2·log 2 = 1.386, least_squares ¼ at ½, hinge 2, wasserstein 0 at 0",
        "bad": "near 0 for long: the generator hardly gets a gradient",
    },
    references=GAN_REFERENCES,
    examples=(
        Example.of(
            1.3862943611198906,
            "log 2 + log 2",
            real=[0.0, 0.0],
            fake=[0.0, 0.0],
        ),
        Example.of(
            0.8125,
            "(½·(½)² + ½·1² + ½·(−1)² + ½·(½)²) / 2 = (⅛ + ½ + ½ + ½) / 2",
            {"mode": "least_squares"},
            real=[0.5, 0.0],
            fake=[1.0, -1.0],
        ),
        Example.of(
            1.75,
            "(max(0, ½) + max(0, 2) + max(0, −1) + max(0, 1)) / 2",
            {"mode": "hinge"},
            real=[0.5, 2.0],
            fake=[1.0, 0.0],
        ),
        Example.of(
            -1.0,
            "(1 − 3 + 0 − 0) / 2",
            {"mode": "wasserstein"},
            real=[3.0, 0.0],
            fake=[1.0, 0.0],
        ),
    ),
    notes=(
        "one item is one real and one generated score: the mean is mean(real) + mean(fake)",
        (
            "real and generated scores come in equal numbers; where they do not, give one of "
            "the two at a time: the loss is the sum of both results"
        ),
        "least_squares has the paper's ½; some codes leave it out",
        "gradient penalties are not included: they need the model",
    ),
    kinks="hinge: r = 1 and f = −1, where the slope is taken as 0",
)

HALVES = tuple(
    record_loss(
        "gan_discriminator",
        title=f"GAN discriminator loss, {side} samples only",
        tasks=GAN_TASKS,
        inputs=(scores,),
        value=value_of_side,
        slopes=slopes_of_side,
        params=(MODE,),
        page=replace(
            PAGE,
            curve=Curve(f"score of the {side} sample", -5.0, 5.0, lambda x: ([x],)),
            examples=(Example.of(0.6931471805599453, "log 2", None, **{scores.name: [0.0]}),),
        ),
    )
    for side, scores, (value_of_side, slopes_of_side) in (
        ("real", SCORES[0], one_side("real", REAL)),
        ("generated", SCORES[1], one_side("fake", FAKE)),
    )
)
GAN_DISCRIMINATOR = record_loss(
    "gan_discriminator",
    title="GAN discriminator loss",
    tasks=GAN_TASKS,
    inputs=SCORES,
    value=value,
    slopes=slopes,
    params=(MODE,),
    page=PAGE,
    variants=HALVES,
)
