"""Values over time: checkpoints, or a log of training (LC7xx)."""

import re
from collections.abc import Callable, Iterator

from lossctl.checks.facts import Facts
from lossctl.checks.rule import Page, Seen, rule
from lossctl.core.loss import Array
from lossctl.core.spelling import plural
from lossctl.diagnostics.warning_signs import (
    Sign,
    find_flat_early,
    find_gap,
    find_not_finite,
    find_oscillating,
    find_rising,
)

VALIDATION = re.compile(
    r"(.*[_ ./-])?(val|valid|validation|test|eval|dev|heldout)([_ ./-].*)?", re.I
)


def _pairs(facts: Facts) -> Iterator[tuple[str, str]]:
    """Give training and validation losses that belong together, by their names.

    Two series of which neither is named for what it is are training and validation, in this order.
    """
    names = list(facts.series)
    held_out = [name for name in names if VALIDATION.fullmatch(name)]
    training = [name for name in names if name not in held_out]
    if len(names) == 2 and len(held_out) != 1:
        yield names[0], names[1]
        return
    for name in held_out:
        if len(training) == 1:
            yield training[0], name
            continue
        own = [other for other in training if root_of(other) == root_of(name)]
        if own:
            yield own[0], name


def root_of(name: str) -> str:
    """Return what a series measures: its name without the words for training and validation."""
    words = re.split(r"[_ ./-]+", name.lower())
    return "_".join(
        w for w in words if w not in {"train", "training"} and not VALIDATION.fullmatch(w)
    )


def _each(
    facts: Facts, find: Callable[[Array], Sign | None], text: Callable[[str, Sign], str]
) -> list[Seen]:
    found = []
    for name, values in facts.series.items():
        sign = find(values)
        if sign is not None:
            evidence = {"series": name, "epoch": sign.epoch, "amount": sign.amount}
            found.append(Seen(text(name, sign), evidence, rows=[sign.epoch], named=True))
    return found


@rule(
    "LC701",
    "series-not-finite",
    "warning",
    Page(
        what="The loss becomes NaN or infinite.",
        why="Gradients exploded, or the logarithm of 0 was taken: nothing is learned from then on.",
        example="loss = -(y * torch.log(p)).mean()   # p is 0 once",
        remedy=(
            "Clip gradients and lower the learning rate; compute the loss from logits, without "
            "log(0)."
        ),
        reference="arXiv:1211.5063",
        evidence="The first epoch whose value is not finite.",
    ),
    needs=("series",),
)
def series_not_finite(facts: Facts) -> list[Seen]:
    """Look for values that are not finite."""
    return _each(
        facts,
        find_not_finite,
        lambda name, sign: (
            f"{name} is not finite from epoch {sign.epoch} on "
            f"({plural(int(sign.amount), 'epoch')} in all)"
            if sign.amount > 1
            else f"{name} is not finite in epoch {sign.epoch}"
        ),
    )


@rule(
    "LC702",
    "series-rising",
    "warning",
    Page(
        what="The loss rises.",
        why="Steps are too large: training leads away from what was reached before.",
        example="optimizer = SGD(model.parameters(), lr=10.0)",
        remedy="Lower the learning rate; clip gradients; go back to the epoch with the least loss.",
        reference="arXiv:1206.5533",
        evidence=(
            "From its minimum on the pairs of values rise by more than three standard deviations "
            "of Kendall's statistic, and the median slope adds up to a tenth of the level."
        ),
    ),
    needs=("series",),
)
def series_rising(facts: Facts) -> list[Seen]:
    """Look for losses that rise; validation losses that leave a training loss are LC705."""
    left = {
        second
        for first, second in _pairs(facts)
        if find_gap(facts.series[first], facts.series[second]) is not None
    }
    return [
        seen
        for seen in _each(
            facts,
            find_rising,
            lambda name, sign: f"{name} rises from epoch {sign.epoch} on, by {sign.amount:.3g}",
        )
        if seen.evidence["series"] not in left
    ]


@rule(
    "LC703",
    "series-oscillating",
    "warning",
    Page(
        what="The loss goes up and down.",
        why="Steps are so large that they jump over the minimum, or batches are too small.",
        example="optimizer = Adam(model.parameters(), lr=0.1)",
        remedy="Lower the learning rate, take larger batches, and clip gradients.",
        reference="arXiv:1206.5533",
        evidence=(
            "Four of five steps change direction, by at least a tenth of the level each: of "
            "independent values two of three do."
        ),
    ),
    needs=("series",),
)
def series_oscillating(facts: Facts) -> list[Seen]:
    """Look for losses that change direction all the time."""
    return _each(
        facts,
        find_oscillating,
        lambda name, sign: (
            f"{name} goes up and down from epoch {sign.epoch} on, by {sign.amount:.0%} of its "
            "level a step"
        ),
    )


@rule(
    "LC704",
    "series-flat-early",
    "warning",
    Page(
        what="The loss stays where it began.",
        why="The learning rate is too low, training is stuck, or no gradient reaches the model.",
        example="optimizer = Adam(model.parameters(), lr=1e-8)",
        remedy=(
            "Raise the learning rate; look for frozen or dead layers; fit a single batch first."
        ),
        reference="arXiv:1206.5533",
        evidence=(
            "In the first half it settles within 2 % of a level less than a tenth below its first "
            "value, and stays there."
        ),
    ),
    needs=("series",),
)
def series_flat_early(facts: Facts) -> list[Seen]:
    """Look for losses that do not fall."""
    return _each(
        facts,
        find_flat_early,
        lambda name, sign: (
            f"{name} is flat from epoch {sign.epoch} on, {sign.amount:.1%} below its first value"
        ),
    )


@rule(
    "LC705",
    "train-validation-gap",
    "warning",
    Page(
        what="The validation loss rises while the training loss falls: overfitting.",
        why="The model learns the training data by heart; every further epoch makes it worse.",
        example="trainer.fit(model, epochs=500)   # without early stopping",
        remedy="Stop at the epoch with the least validation loss; regularize, or get more data.",
        reference="doi:10.1007/978-3-642-35289-8_5",
        evidence=(
            "From the minimum of the validation loss on, one rises and the other falls by more "
            "than three standard deviations of Kendall's statistic, and the gap widens by a tenth."
        ),
    ),
    needs=("series",),
)
def train_validation_gap(facts: Facts) -> list[Seen]:
    """Compare training with validation."""
    found = []
    for first, second in _pairs(facts):
        sign = find_gap(facts.series[first], facts.series[second])
        if sign is not None:
            found.append(
                Seen(
                    f"{second} rises from epoch {sign.epoch} on while {first} falls: the gap "
                    f"widens by {sign.amount:.3g}",
                    {
                        "training": first,
                        "validation": second,
                        "epoch": sign.epoch,
                        "amount": sign.amount,
                    },
                    rows=[sign.epoch],
                    named=True,
                )
            )
    return found
