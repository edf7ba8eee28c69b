"""Averages of the values of classes, as scikit-learn's ``average`` names them."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Example, Pooled, Reference
from lossctl.core.metric import Metric, metric_page, no_share
from lossctl.core.option_domains import ChoiceOrIndex
from lossctl.metrics.counts import INPUTS, THRESHOLD, Terms, counts, label_forms, ratio, share_right

Parts: TypeAlias = Callable[..., tuple[Array, Array]]
AVERAGE = Param(
    "average",
    "auto",
    ChoiceOrIndex(Choice(("auto", "binary", "micro", "macro", "weighted"))),
    "Of which classes: binary of the positive one, micro of the counts of all together, macro the "
    "mean over classes, weighted the mean by their number of targets, or the index of one class; "
    "auto is binary for two classes and macro for more.",
)


def ratio_metric(
    metric_id: str,
    title: str,
    parts: Parts,
    *,
    summary: str,
    formula: str,
    use_when: Sequence[str],
    avoid_when: Sequence[str],
    reference: Reference,
    example: Example,
    params: Sequence[Param] = (),
    total: bool = False,
    is_share: bool = False,
    also_called: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Metric:
    """Declare a metric that is a ratio of counts of each class.

    Parameters
    ----------
    parts
        ``parts(hits, predicted, target_mass, total, **params)`` gives what is above and below the
        line, (…, C) each.
    total
        Whether the number of all items is needed.
    is_share
        Whether each item adds 0 or 1 above and below the line, so that the value of one class, or
        of all counts, is a share.
    """

    def build(axes: Any, kind: str) -> Terms:
        return counts(axes, kind, total=total)

    def finish(
        *,
        hits: Array,
        predicted: Array,
        target_mass: Array,
        total: Any = 0.0,
        **arguments: Any,
    ) -> Any:
        own = {param.name: arguments[param.name] for param in params}
        above, below = parts(hits, predicted, target_mass, total, **own)
        return averaged(above, below, predicted, target_mass, **_how(arguments))

    def notes_of(
        *, hits: Array, predicted: Array, target_mass: Array, total: Any = 0.0, **arguments: Any
    ) -> list[str]:
        own = {param.name: arguments[param.name] for param in params}
        _, below = parts(hits, predicted, target_mass, total, **own)
        return _notes(below, predicted, target_mass, arguments)

    def share(
        *, hits: Array, predicted: Array, target_mass: Array, total: Any = 0.0, **arguments: Any
    ) -> float | None:
        own = {param.name: arguments[param.name] for param in params}
        _, below = parts(hits, predicted, target_mass, total, **own)
        return _count_below(below, arguments["average"], arguments["positive"])

    return Metric(
        metric_id,
        title,
        ("binary", "multilabel", "multiclass", "segmentation"),
        INPUTS,
        label_forms(build),
        params=(AVERAGE, *params, THRESHOLD),
        finish=finish,
        reduction=Pooled(joint=True),
        of_unit=share_right,
        hard_masks=True,
        notes=notes_of,
        higher_is_better=True,
        averages=True,
        share=share if is_share else no_share,
        page=metric_page(
            summary,
            formula,
            use_when=use_when,
            avoid_when=avoid_when,
            reference=reference,
            example=example,
            expected={"range": "0 to 1, higher is better"},
            also_called=also_called,
            notes=(
                "where nothing is below the line the value is 0, with a note",
                *notes,
            ),
        ),
    )


def _how(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: arguments[name] for name in ("average", "reading", "positive")}


def averaged(
    above: Array,
    below: Array,
    predicted: Array,
    target_mass: Array,
    *,
    average: str | int,
    reading: str,
    positive: int,
) -> Array:
    """Return the ratio of one class, of all counts, or averaged over the classes there are.

    Parameters
    ----------
    above, below, predicted, target_mass
        Sums by class, (…, C).
    average
        As the parameter says, but ``auto``.
    reading
        ``multilabel`` keeps labels that nowhere occur; of exclusive classes those are left out.
    positive
        The positive one of two classes.
    """
    if average == "micro":
        return ratio(above.sum(axis=-1), below.sum(axis=-1))
    values = ratio(above, below)
    if average == "binary":
        return values[..., positive]
    if isinstance(average, int):
        return values[..., average]
    shares = target_mass if average == "weighted" else present(predicted, target_mass, reading)
    return ratio((shares * values).sum(axis=-1), shares.sum(axis=-1))


def _count_below(below: Array, average: str | int, positive: int) -> float | None:
    """Return what is below the line of one class or of all counts; None of other averages."""
    if np.ndim(below) != 1 or average in {"macro", "weighted"}:
        return None
    if average == "micro":
        return float(below.sum())
    return float(below[positive if average == "binary" else average])


def present(predicted: Array, target_mass: Array, reading: str) -> Array:
    """Return 1 for the classes that occur among predictions or targets, and 0 for the others."""
    if reading == "multilabel":
        return np.ones(np.shape(target_mass))
    return (predicted + target_mass > 0.0).astype(np.float64)


def _notes(
    below: Array, predicted: Array, target_mass: Array, arguments: dict[str, Any]
) -> list[str]:
    """Say which classes count, and where a ratio is 0 for nothing is below its line."""
    average, reading = arguments["average"], arguments["reading"]
    kept = present(predicted, target_mass, reading) > 0.0
    notes = []
    if average in {"macro", "weighted"} and not np.all(kept):
        absent = int(np.max(np.sum(~kept, axis=-1)))
        notes.append(f"{_classes(absent)} nowhere predicted or true: left out")
    if average == "micro":
        undefined = np.sum(below, axis=-1) == 0.0
    elif average == "binary":
        undefined = below[..., arguments["positive"]] == 0.0
    elif isinstance(average, int):
        undefined = below[..., average] == 0.0
    else:
        undefined = (below == 0.0) & kept
    if count := int(np.sum(undefined)):
        verb = "has" if count == 1 else "have"
        of = f"{_classes(count)} {verb}" if np.ndim(undefined) else "there is"
        notes.append(f"{of} nothing below the line: 0 by convention")
    return notes


def _classes(count: int) -> str:
    return f"{count} class" if count == 1 else f"{count} classes"
