"""Prepare one block: read, cast, leave out what does not count, collect evidence and faults.

Loss functions see clean arrays only. An item that does not count keeps its place with a harmless
value and weight 0, so shapes, gradients and per-item values stay aligned with the data.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossctl.core.loss import Array, Input
from lossctl.engine.evidence import Evidence
from lossctl.engine.plan import Plan
from lossctl.engine.shapes import mass_tolerance
from lossctl.engine.sources import Source

EXACT_INTEGERS = 2**53  # beyond, float64 skips integers


@dataclass(frozen=True)
class Block:
    """Rows `start` to `stop` of the items, ready for the functions of a loss.

    `weights` is None when every item counts once; `ignored` and `omitted` count the items left out
    by their label or weight, and by the NaN policy.
    """

    start: int
    stop: int
    arrays: tuple[Array, ...]
    weights: Array | None
    items: int
    ignored: int
    omitted: int
    evidence: Evidence


class Reader:
    """Reads one range of rows, each array once however many losses want it."""

    def __init__(self, start: int, stop: int) -> None:
        """Read rows `start` to `stop`."""
        self.start, self.stop = start, stop
        self._read: dict[tuple[Any, ...], Array] = {}

    def matrix(self, plan: Plan, source: Source, dtype: np.dtype[Any]) -> Array:
        """Return the rows of an array shaped like the predictions."""
        key = (id(source), plan.fit.layout, dtype)
        if key not in self._read:
            rows = plan.fit.layout.read(source, self.start, self.stop)
            self._read[key] = rows.astype(dtype, copy=False)
        return self._read[key]

    def flat(self, source: Source) -> Array:
        """Return the elements of an array with one element a row, as they are."""
        key = (id(source),)
        if key not in self._read:
            self._read[key] = source.read(self.start, self.stop)
        return self._read[key]


def prepare(plan: Plan, reader: Reader) -> Block:
    """Prepare the block of a plan."""
    evidence = Evidence()
    per_row = plan.fit.layout.form == "row"
    scores = _numbers(plan, reader, "predictions", evidence)
    targets, ignored = _targets(plan, reader, scores, evidence)
    weights = _weights(plan, reader, evidence)
    holes = _either(_nan_mask(scores, per_row), _nan_mask(targets, per_row))
    if weights is not None:
        ignored = _either(ignored, weights == 0.0)
    if holes is not None and ignored is not None:
        holes &= ~ignored
    skip = _apply_nan_policy(plan, reader, scores, holes, ignored, evidence)
    if skip is not None:
        scores, targets = _fill(plan, scores, targets, skip)
        weights = np.where(skip, 0.0, 1.0 if weights is None else weights)
    if holes is not None and plan.options.nan == "propagate":
        scores, targets = _poison(scores, targets, holes)
    targets = _check_targets(plan, reader, targets, evidence)
    _observe(plan, scores, targets, skip, evidence)
    items = (reader.stop - reader.start) * (1 if per_row else max(plan.fit.layout.columns, 1))
    out = _count(ignored)
    omitted = _count(holes) if plan.options.nan == "omit" else 0
    arrays = (scores, targets)
    return Block(
        reader.start, reader.stop, arrays, weights, items - out - omitted, out, omitted, evidence
    )


def _numbers(plan: Plan, reader: Reader, name: str, evidence: Evidence) -> Array:
    source = plan.sources[name]
    if source.dtype.kind in "iu" and source.dtype.itemsize == 8:
        exact = reader.matrix(plan, source, source.dtype)
        far = (exact > EXACT_INTEGERS) | (exact < -EXACT_INTEGERS if source.dtype.kind == "i" else False)
        if far.any():
            _blame(plan, reader, evidence, f"{name}: huge", far, (
                f"{source.label}: holds integers beyond 2^53, which float64 cannot tell apart "
                "({value} at {where}); subtract a common offset first"
            ), exact, source)  # fmt: skip
    return reader.matrix(plan, source, plan.dtype)


def _targets(
    plan: Plan, reader: Reader, scores: Array, evidence: Evidence
) -> tuple[Array, Array | None]:
    """Return the targets and the mask of items whose label is ignored."""
    encoding = plan.fit.targets
    if encoding == "constant":
        return np.full_like(scores, plan.loss.inputs[1].default), None
    if encoding == "values":
        return _numbers(plan, reader, "targets", evidence), None
    source = plan.sources["targets"]
    if encoding == "index":
        targets = reader.flat(source)
    else:
        targets = reader.matrix(plan, source, plan.dtype)
    if encoding == "one_hot" or plan.options.ignore_index is None:
        return targets, None
    ignored = targets == plan.options.ignore_index
    return targets, ignored if ignored.any() else None


def _weights(plan: Plan, reader: Reader, evidence: Evidence) -> Array | None:
    source = plan.weights
    if source is None:
        return None
    layout = plan.fit.layout
    if layout.form == "element" and layout.columns:
        weights = reader.matrix(plan, source, np.dtype(np.float64))
    else:
        weights = reader.flat(source).astype(np.float64)
    wrong = ~(weights >= 0.0) | np.isinf(weights)
    if wrong.any():
        _blame(plan, reader, evidence, "weights", wrong, (
            f"{source.label}: weights must be finite and at least 0, got {{value}} at {{where}}"
        ), weights, source)  # fmt: skip
    return weights


def _apply_nan_policy(
    plan: Plan, reader: Reader, scores: Array, holes: Array | None, ignored: Array | None,
    evidence: Evidence,
) -> Array | None:  # fmt: skip
    """Return the mask of items to leave out; blame NaN when the policy is to raise."""
    if holes is None or not holes.any():
        return ignored
    if plan.options.nan == "omit":
        return _either(ignored, holes)
    if plan.options.nan == "raise":
        first = tuple(int(part[0]) for part in np.nonzero(holes))
        name = "predictions" if np.isnan(scores[first]).any() else "targets"
        source = plan.sources[name]
        _blame(plan, reader, evidence, "nan", holes, (
            f"{source.label}: {name} hold NaN at {{where}}; "
            "leave such items out with nan=omit (--nan omit), or keep NaN with propagate"
        ), None, source)  # fmt: skip
    return ignored


def _fill(plan: Plan, scores: Array, targets: Array, skip: Array) -> tuple[Array, Array]:
    """Put harmless values where items do not count."""
    neutral = 0.0 if not plan.loss.has_classes else 1.0 / max(plan.fit.layout.columns, 2)
    rows = scores.ndim == 2 and skip.ndim == 1
    scores = np.where(skip[:, None] if rows else skip, scores.dtype.type(neutral), scores)
    if targets.ndim == 2 and rows:
        uniform = targets.dtype.type(1.0 / targets.shape[1])
        return scores, np.where(skip[:, None], uniform, targets)
    return scores, np.where(skip, targets.dtype.type(0), targets)


def _poison(scores: Array, targets: Array, holes: Array) -> tuple[Array, Array]:
    """Let an item that holds a NaN anywhere have the value NaN."""
    rows = scores.ndim == 2 and holes.ndim == 1
    scores = np.where(holes[:, None] if rows else holes, scores.dtype.type(np.nan), scores)
    if targets.ndim == 2 and rows:
        uniform = targets.dtype.type(1.0 / targets.shape[1])
        return scores, np.where(holes[:, None], uniform, targets)
    return scores, np.where(holes, targets.dtype.type(0), targets)


def _check_targets(plan: Plan, reader: Reader, targets: Array, evidence: Evidence) -> Array:
    """Blame labels outside their range; return indices as integers."""
    if plan.fit.targets == "labels":
        wrong = None if _in_unit(targets) else ~((targets >= 0.0) & (targets <= 1.0))
        _blame_targets(plan, reader, evidence, targets, wrong, _label_advice(targets))
    elif plan.fit.targets == "index":
        return _check_index(plan, reader, targets, evidence)
    elif plan.fit.targets == "one_hot":
        return _check_rows(plan, reader, targets, evidence)
    return targets


def _label_advice(targets: Array) -> str:
    signs = targets.size and ((targets == 1.0) | (targets == -1.0)).all()
    if signs:
        return "must be 0 or 1 (or between); labels −1 and +1 become that by (t + 1) / 2"
    return "must lie in [0, 1]"


def _check_index(plan: Plan, reader: Reader, targets: Array, evidence: Evidence) -> Array:
    classes = plan.fit.layout.columns
    if targets.dtype.kind == "f":
        wrong = ~(np.floor(targets) == targets)
        advice = "must be whole numbers, the index of the true class"
        if wrong.any():
            _blame_targets(plan, reader, evidence, targets, wrong & ~np.isnan(targets), advice)
            return np.zeros(len(targets), np.intp)
    if targets.dtype.kind == "b" or (targets.min() >= 0 and targets.max() < classes):
        return targets.astype(np.intp)
    wrong = (targets < 0) | (targets >= classes)
    advice = f"must be a class index from 0 to {classes - 1}; a label to leave out is ignore_index"
    _blame_targets(plan, reader, evidence, targets, wrong, advice)
    return np.zeros(len(targets), np.intp)


def _check_rows(plan: Plan, reader: Reader, targets: Array, evidence: Evidence) -> Array:
    """Check soft or one-hot rows; return exact one-hot rows as indices."""
    if not _in_unit(targets):
        wrong = ~((targets >= 0.0) & (targets <= 1.0)).all(axis=1)
        _blame_targets(plan, reader, evidence, targets, wrong, "must lie in [0, 1] in every class")
        return targets
    mass = targets.sum(axis=1)
    loose = ~(np.abs(mass - 1.0) <= mass_tolerance(plan.sources["targets"].dtype))
    if loose.any():
        advice = "rows must sum to 1 (for several labels at once use bce or task multilabel)"
        _blame_targets(plan, reader, evidence, mass, loose, advice)
        return targets
    hard = (mass == 1.0).all() and ((targets == 0.0) | (targets == 1.0)).all()
    return targets.argmax(axis=1) if hard else targets


def _blame_targets(
    plan: Plan, reader: Reader, evidence: Evidence, targets: Array, wrong: Array | None, advice: str
) -> None:
    if wrong is None or not wrong.any():
        return
    source = plan.sources["targets"]
    message = f"{source.label}: targets {advice}, got {{value}} at {{where}}"
    _blame(plan, reader, evidence, f"targets {advice}", wrong, message, targets, source)


def _blame(
    plan: Plan, reader: Reader, evidence: Evidence, key: str, wrong: Array, message: str,
    values: Array | None, source: Source,
) -> None:  # fmt: skip
    """Record the wrong items of a block: their count, and the place and value of the first."""
    first = tuple(int(part[0]) for part in np.nonzero(wrong))
    row = reader.start + first[0]
    index = plan.fit.layout.index_of(row, first[1] if len(first) > 1 else None)
    value = "" if values is None else f"{np.ravel(values[first])[0]:.6g}"
    where = source.where(index)
    evidence.blame(key, _count(wrong), row, message.replace("{value}", value).replace("{where}", where))


def _observe(
    plan: Plan, scores: Array, targets: Array, skip: Array | None, evidence: Evidence
) -> None:
    """Collect what decides the kind of the predictions."""
    declared: Input = plan.loss.inputs[0]
    if not plan.loss.has_classes and declared.expected is None:
        return
    evidence.low = float(np.fmin.reduce(scores, axis=None))
    evidence.high = float(np.fmax.reduce(scores, axis=None))
    if plan.fit.layout.form == "row":
        evidence.hard = False
        if plan.kind == "probabilities":
            mass = scores.sum(axis=1)
            loose = np.abs(mass - 1.0) > mass_tolerance(plan.sources["predictions"].dtype)
            evidence.loose_rows = _count(loose)
            if evidence.loose_rows:
                evidence.loose_mass = float(mass[loose][0])
        return
    evidence.hard = evidence.within_unit and _all_hard(scores, skip)
    if evidence.hard:
        evidence.soft_targets = bool(((targets != 0.0) & (targets != 1.0)).any())


def _all_hard(scores: Array, skip: Array | None) -> bool:
    """Whether every score that counts is 0 or 1; the first few usually settle it."""
    for part in (slice(0, 64), slice(64, None)):
        some = scores[part]
        hard = (some == 0.0) | (some == 1.0)
        if not (hard if skip is None else hard | skip[part]).all():
            return False
    return True


def _nan_mask(values: Array, per_row: bool) -> Array | None:  # noqa: FBT001
    """Mark NaN by item; None when there is none, which one reduction tells."""
    if values.dtype.kind != "f" or not np.isnan(values.min()):
        return None
    mask: Array = np.isnan(values)
    return mask.any(axis=1) if per_row and mask.ndim == 2 else mask


def _in_unit(values: Array) -> bool:
    return bool(values.min() >= 0.0 and values.max() <= 1.0)


def _either(one: Array | None, other: Array | None) -> Array | None:
    if one is None or other is None:
        return one if other is None else other
    return one | other


def _count(mask: Array | None) -> int:
    return 0 if mask is None else int(np.count_nonzero(mask))
