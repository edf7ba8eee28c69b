"""CTC: −log of the probability of a target over all its alignments with the frames."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, Flag, IntegerRange, Param
from lossctl.core.errors import UsageError
from lossctl.core.loss import Array, Curve, Example, Form, Input, Loss, Page, Reference
from lossctl.core.spelling import plural
from lossctl.kernels.numeric.primitives import exp, log
from lossctl.kernels.sequence.ctc import (
    batch_of,
    counted_targets,
    losses,
    losses_and_gradient,
    per_label,
)


def faults(
    scores: Array,
    targets: Array,
    input_lengths: Array | None,
    target_lengths: Array | None,
    blank: int,
) -> list[tuple[str, Array, str]]:
    """Return what is wrong with targets and lengths: the input, the samples, a message.

    Raises
    ------
    UsageError
        When the blank is not one of the classes.
    """
    _, frames, classes = scores.shape
    if blank >= classes:
        raise UsageError(f"ctc: blank must be a class from 0 to {classes - 1}, got {blank}")
    result = []
    for name, lengths, most, what in (
        ("input_lengths", input_lengths, frames, "frames"),
        ("target_lengths", target_lengths, targets.shape[1], "symbols of a padded target"),
    ):
        if lengths is not None:
            message = f"{name} must be at most the {most} {what}; it is more at {{where}}"
            result.append((name, lengths > most, message))
    counted = counted_targets(targets, target_lengths)
    strange = counted & ((targets < 0) | (targets >= classes))
    message = f"targets must be classes from 0 to {classes - 1}; one is not at {{where}}"
    result.append(("targets", strange, message))
    blanks = counted & (targets == blank)
    message = f"targets must not hold the blank, {blank}; one does at {{where}}"
    result.append(("targets", blanks, message))
    return [(name, wrong, message) for name, wrong, message in result if wrong.any()]


Lengths = Array | None


def form(kind: str) -> Form:
    """Build the form for logits or for log-probabilities."""

    def terms(
        scores: Array, targets: Array, frames: Lengths, symbols: Lengths, **params: Any
    ) -> Mapping[str, Any]:
        batch = batch_of(scores, targets, frames, symbols, params["blank"])
        zero = params["zero_infinity"]
        result = losses(scores.swapaxes(0, 1), batch, kind=kind, zero_infinity=zero)
        return {
            "loss": result.values,
            "loss_per_symbol": result.values / per_label(batch.target_lengths).astype(scores.dtype),
            "weight": 1.0,
            "infeasible": result.infeasible.astype(np.float64),
        }

    def vjp(
        scores: Array, targets: Array, frames: Lengths, symbols: Lengths, **params: Any
    ) -> Mapping[str, Array]:
        batch = batch_of(scores, targets, frames, symbols, params["blank"])
        slopes = params["slopes"]
        item_slopes = slopes.get("loss", 0.0) + slopes.get("loss_per_symbol", 0.0) / per_label(
            batch.target_lengths
        )
        result = losses_and_gradient(
            scores.swapaxes(0, 1), batch, kind=kind, slopes=item_slopes.astype(scores.dtype)
        )
        assert result.gradient is not None  # noqa: S101 - it was asked for
        return {"predictions": result.gradient.swapaxes(0, 1)}

    return Form("any", kind, terms, vjp)


def finish(*, loss_per_symbol: Any, weight: Any, **_: Any) -> Any:
    """Mean over the items of the loss divided by the length of the target."""
    return loss_per_symbol / weight


def finish_slope(*, weight: Any, **_: Any) -> Mapping[str, Any]:
    """Slope of :func:`finish`."""
    return {"loss_per_symbol": 1.0 / weight}


def notes(*, infeasible: float, zero_infinity: bool, **_: Any) -> Sequence[str]:
    """Count the targets that no alignment fits."""
    if not infeasible:
        return ()
    effect = "have loss 0" if zero_infinity else "make the loss infinite (see zero_infinity)"
    return (f"{plural(int(infeasible), 'target')} fit no alignment and {effect}",)


def _faults(*arrays: Any, blank: int, **_: Any) -> Sequence[tuple[str, Array, str]]:
    scores, targets, frames, symbols = arrays
    return faults(scores, targets, frames, symbols, blank)


def sample(rng: np.random.Generator, items: int, params: Mapping[str, Any]) -> Sequence[Array]:
    """Draw log-probabilities of 5 frames over 5 classes, and targets of 1 or 2 symbols that fit."""
    scores = rng.normal(scale=1.5, size=(items, 5, 5))
    scores -= log(exp(scores).sum(axis=2, keepdims=True))
    symbols = np.delete(np.arange(5), params["blank"])
    targets = rng.choice(symbols, size=(items, 2))
    return scores, targets, rng.integers(4, 6, size=items), rng.integers(1, 3, size=items)


def two_frames(margin: float) -> tuple[Any, ...]:
    """One item of two frames whose symbol leads the blank, and the target of that symbol."""
    return [[[0.0, margin], [0.0, margin]]], [[1]]


HALVES = [[[-0.6931471805599453, -0.6931471805599453]] * 2]

CTC = Loss(
    "ctc",
    "Connectionist temporal classification",
    ("sequence",),
    (
        Input(
            "predictions",
            "time item class | item time class",
            "score",
            "logits or log-probabilities of every frame",
            differentiable=True,
        ),
        Input(
            "targets",
            "item symbol | packed target_lengths",
            "token",
            "classes in their order, padded at the end or laid end to end; never the blank",
        ),
        Input(
            "input_lengths",
            "item",
            "length",
            "number of frames that count",
            NONNEGATIVE,
            optional=True,
        ),
        Input(
            "target_lengths",
            "item",
            "length",
            "number of symbols that count",
            NONNEGATIVE,
            optional=True,
        ),
    ),
    (form("logits"), form("log_probabilities")),
    Page(
        summary="CTC loss: −log p(target | frames), with p summed over all alignments",
        formula=(
            "−log Σ over the paths that spell the target of Π_t p_t(path_t); a path spells what is "
            "left once repeats are merged and blanks dropped. The mean divides each item by the "
            "length of its target first, the sum and the items do not"
        ),
        curve=Curve("logit of the symbol against the blank, two frames", -4.0, 4.0, two_frames),
        use_when=(
            "frames outnumber symbols and alignments are unknown: speech, handwriting, OCR",
            "symbols come in the order of the frames",
        ),
        avoid_when=(
            "symbols may come in another order than the frames (translation)",
            "targets are longer than the frames: no alignment fits, the loss is infinite",
        ),
        expected={
            "perfect": "0",
            "chance": "about T·log C less the log of the number of paths, over the symbols",
        },
        references=(
            Reference(
                "Graves, Fernández, Gomez and Schmidhuber, Connectionist temporal classification "
                "(2006)",
                "doi:10.1145/1143844.1143891",
            ),
        ),
        examples=(
            Example.of(
                0.2876820724517809,
                "two frames of ½ spell one symbol by aa, a− and −a: −log ¾",
                {},
                predictions=HALVES,
                targets=[[1]],
            ),
        ),
        notes=(
            (
                "the gradient of log-probabilities is minus the expected number of times a class "
                "is emitted in a frame; that of logits passes through the softmax"
            ),
            "targets without target_lengths end before the first negative entry",
            "frames and symbols beyond their lengths do not count, but must not be NaN",
        ),
        kinks="none",
    ),
    (
        Param("blank", 0, IntegerRange(0), "Index of the blank class, which stands for no symbol."),
        Param(
            "zero_infinity",
            default=False,
            domain=Flag(),
            help="Whether a target without a valid alignment has loss 0 instead of infinity.",
        ),
    ),
    finish=finish,
    finish_slope=finish_slope,
    counts=("infeasible",),
    notes=notes,
    faults=_faults,
    sample=sample,
)
