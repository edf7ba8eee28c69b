"""Whether data that was evaluated may be gravely wrong: a look at a few rows, before rules are.

Rules and their modules take 50 ms, as long as a hundred small evaluations; most data needs none.
"""

import math

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.result import Result
from lossctl.engine.plan import Sources
from lossctl.engine.sources import is_text

WELL_BELOW = 0.45  # of the best constant's loss: the least loss of a softmax that was applied twice
BELOW = 0.9  # of it: rows that do not belong together are no better than constant predictions
RUNS, RUN = 4, 256  # rows that are looked at
WIDEST = 4096  # numbers of a row
RELATED = 8.0  # standard errors
NEAR = 1e-3  # beyond the range of a softmax of probabilities


def may_be_wrong(result: Result, sources: Sources) -> bool:
    """Whether a value and a few rows leave room for grave mistakes, which all make it large."""
    if not isinstance(result.value, float) or not {"predictions", "targets"} <= set(sources):
        return False
    context = result.context
    constant = context.get("constant", context.get("target_variance", math.nan))
    if result.value < WELL_BELOW * constant:
        return False
    if result.value > context.get("chance", math.inf):
        return True
    pair = few_rows(sources)
    if pair is None or (result.input.kind == "probabilities" and _may_be_softmax_twice(pair[0])):
        return True
    if result.input.kind == "values" and pair[0].ndim > pair[1].ndim:  # as rules do with several
        pair = pair[0].mean(axis=-1), pair[1]
    return not (result.value < BELOW * constant or _are_related(*pair))


def few_rows(sources: Sources) -> tuple[Array, Array] | None:
    """Return runs of rows of predictions and targets; None of wide ones, and of other shapes."""
    predictions, targets = sources["predictions"], sources["targets"]
    if is_text(predictions) or is_text(targets):  # rules know which class a text is
        return None
    rows = predictions.shape[0] if predictions.shape else 0
    if not rows or targets.shape[:1] != (rows,):
        return None
    read = []
    for source in (predictions, targets):
        width = math.prod(source.shape[1:])
        if width > WIDEST or source.dtype.kind not in "biuf":
            return None
        starts = np.linspace(0, max(rows - RUN, 0), RUNS if rows > RUNS * RUN else 1).astype(int)
        stops = np.minimum(starts + (RUN if len(starts) > 1 else rows), rows)
        parts = [
            source.read(start * width, stop * width)
            for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)
        ]
        read.append(np.concatenate(parts).astype(np.float64).reshape(-1, *source.shape[1:]))
    return read[0], read[1]


def _may_be_softmax_twice(predictions: Array) -> bool:
    """Whether probabilities reach no further than the softmax, or sigmoid, of probabilities."""
    classes = predictions.shape[1] if predictions.ndim > 1 else 2
    highest = math.e / (math.e + classes - 1)
    both = predictions.ndim == 1 or predictions.min() >= 0.5 - NEAR  # labels beside each other
    least = 0.5 if both else 1.0 / (math.e + classes - 1)
    most = math.e / (math.e + 1.0) if both else highest
    return bool(predictions.min() >= least - NEAR and predictions.max() <= most + NEAR)


def _are_related(predictions: Array, targets: Array) -> bool:
    """Whether predictions plainly fit their own targets."""
    with np.errstate(all="ignore"):
        if predictions.shape == targets.shape:
            one, other = predictions.ravel(), targets.ravel()
            correlation = float(np.corrcoef(one, other)[0, 1])
            return correlation * math.sqrt(one.size) > RELATED
        if predictions.ndim != 2 or targets.ndim != 1:
            return False
        known = (targets >= 0) & (targets < predictions.shape[1])
        if not known.any():
            return True
        own = predictions[known, targets[known].astype(np.intp)]
        above = own - predictions[known].mean(axis=1)
        return float(above.mean()) * math.sqrt(above.size) > RELATED * float(above.std())
