"""Decide what the predictions are: probabilities, logits, log-probabilities or hard labels.

The decision starts from what the loss declares and needs evidence to leave it: a value outside
[0, 1] is no probability, rows of non-negative values that sum to one are probabilities. What was
decided and why stands in every result.
"""

import math

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import FormAxes, Loss
from lossctl.core.spelling import option, plural, seen_as
from lossctl.engine.read.reader import BYTE, PERCENT, ROUNDED, ROUNDING, Decision, Findings

MOST_STRAYS = 0.01  # of all predictions: more are no accident
TENTH = 10.0  # percentages that reach no further are rare
MANY = 16  # logits that have one sign or are whole by accident, or made by hand, are fewer
NAMES = {"log_probabilities": "log-probabilities"}


def requested(loss: Loss, axes: FormAxes, kind: str) -> str:
    """Check a kind the caller asked for; return it.

    Raises
    ------
    UsageError
        When the loss cannot read predictions of that kind.
    """
    kinds = loss.kinds_in(axes)
    if kind == "log_probabilities" and axes == "item class" and "logits" in kinds:
        return kind
    if kind in kinds or (kind == "labels" and loss.hard_masks and axes == "item"):
        return kind
    raise UsageError(
        f"{option('input')}: {loss.id} cannot read {kind} here; it reads {' or '.join(kinds)}"
    )


def clipped(loss: Loss, axes: FormAxes, kind: str) -> str:
    """Return the kind that is read where predictions are clipped to [0, 1]: probabilities.

    Raises
    ------
    UsageError
        When the caller says another kind, or the loss reads no probabilities.
    """
    if kind not in {"auto", "probabilities"}:
        raise UsageError(
            f"{option('clip_predictions')}: is for probabilities, but input is {kind}; give one of "
            "them"
        )
    if "probabilities" not in loss.kinds_in(axes):
        raise UsageError(
            f"{option('clip_predictions')}: {loss.id} reads no probabilities here; leave it out"
        )
    return "probabilities"


def guess(loss: Loss, axes: FormAxes, seen: Findings) -> str:
    """Guess one of several kinds from a first look; :func:`decide` has the last word."""
    if axes == "any":
        return "log_probabilities" if seen.high <= 0.0 and not seen.unnormalized_rows else "logits"
    if not seen.within_unit:
        return "logits"
    return "probabilities" if loss.strict else loss.kinds_in(axes)[0]


def decide(loss: Loss, axes: FormAxes, seen: Findings) -> Decision:
    """Decide the kind from the evidence of all the data.

    Raises
    ------
    DataError
        When the data fits no kind, or several.
    """
    if axes == "any":
        return _decide_from_sums(loss, seen)
    return _decide_labels(loss, axes, loss.kinds_in(axes), seen)


def _decide_labels(loss: Loss, axes: FormAxes, kinds: tuple[str, ...], seen: Findings) -> Decision:
    if loss.is_metric and (axes == "item class" or loss.needs_rows):
        kind = "probabilities" if seen.within_unit else "logits"
        inside = "lie" if seen.within_unit else "do not all lie"
        return Decision(kind, "data", f"predictions {inside} in [0, 1]; their order counts")
    if axes == "item class" and len(kinds) == 1:
        return _confirm_only(loss, axes, kinds[0], seen)
    if not seen.within_unit:
        if kinds[0] == "probabilities" or (axes == "item class" and loss.strict):
            _require_no_strays(seen)
        warnings = _require_logits(loss, axes, seen)
        why = f"{seen_as(seen.outside_unit)} lies outside [0, 1]"
        return Decision("logits", "data", why, (*warnings, *_slightly_outside(seen)))
    if axes == "item class":
        return _decide_rows(loss, kinds, seen)
    if kinds[0] == "logits":
        if "probabilities" in kinds:
            advice = f"for probabilities set {option('input', 'probabilities')}"
        else:
            advice = "of probabilities give log(p / (1 - p))"
        warning = f"every prediction lies in [0, 1]: read as logits; {advice}"
        return Decision("logits", "declared", f"{loss.id} reads logits", (warning,))
    return _decide_elements(loss, seen)


def _require_no_strays(seen: Findings) -> None:
    """Refuse predictions that lie in [0, 1] but for a few that lie little outside."""
    if not (seen.near_unit and (seen.at_unit or seen.strays <= MOST_STRAYS * seen.scores)):
        return
    raise DataError(
        f"{seen.strays} of {seen.scores} predictions lie outside [0, 1], such as "
        f"{seen.farthest!r}, and all others inside; if they are probabilities, clip them with "
        f"{option('clip_predictions', value=True)}; if they are logits, set "
        f"{option('input', 'logits')}"
    )


def _require_logits(loss: Loss, axes: FormAxes, seen: Findings) -> tuple[str, ...]:
    """Refuse predictions outside [0, 1] that look like something other than logits.

    A loss that declares logits is taken at its word, but for what no logits are; where it reads
    elements as probabilities too, and they have one sign alone, that is worth a warning.
    """
    rows, kinds = axes == "item class", loss.kinds_in(axes)
    look = unlike_logits(seen, rows=rows, labels=loss.hard_masks)
    if look is None:
        return ()
    many_whole = seen.whole and (seen.integers or seen.scores >= MANY or seen.high > PERCENT)
    if kinds[0] != "logits" or (seen.low >= 0.0 and (many_whole or seen.total is not None)):
        raise DataError(f"{look}; if they are logits, set {option('input', 'logits')}")
    is_plain = rows or len(kinds) == 1 or seen.scores < MANY or (seen.integers and seen.high > 0.0)
    return () if is_plain else (f"{look}: read as logits",)


def unlike_logits(seen: Findings, *, rows: bool, labels: bool) -> str | None:
    """Say what predictions outside [0, 1] look like and what converts them; None for logits.

    Parameters
    ----------
    rows
        Whether there is a score of each class.
    labels
        Whether two label maps may be compared.
    """
    if seen.low < 0.0 < seen.high and not seen.integers:
        return None
    spread = f"predictions lie between {seen_as(seen.low)} and {seen_as(seen.high)}"
    if seen.low >= 0.0 and seen.high < math.inf:
        kind = "all whole numbers" if seen.whole else "none negative"
        return f"{spread}, {kind}: {_positive_look(seen, rows=rows, labels=labels)}"
    if seen.integers:
        signs = seen.low == -1.0 and seen.high == 1.0
        is_like = (
            "labels -1 and +1? (p + 1) / 2 makes them 0 and 1"
            if signs
            else "not the logits of a model; convert them to floats"
        )
        return f"{spread}, stored as whole numbers: {is_like}"
    if seen.high <= 0.0 and (seen.unnormalized_rows or not rows):
        return f"{spread}, none positive: log-probabilities? give their exponentials"
    return None


def _positive_look(seen: Findings, *, rows: bool, labels: bool) -> str:
    """Say what predictions look like that are never negative, some beyond 1."""
    if seen.total is not None:
        return f"rows that sum to {seen.total:g}? divide by {seen.total:g}"
    if seen.near_unit:
        return (
            "probabilities with rounding errors? clip them with "
            f"{option('clip_predictions', value=True)}"
        )
    of_labels = f"label maps? set {option('input', 'labels')}" if labels and not rows else ""
    if not seen.whole or seen.high in {PERCENT, BYTE}:
        of_labels = ""  # of masks, not of classes
    if seen.high <= PERCENT:
        of_size = "percentages? divide by 100"
    elif seen.high <= BYTE:
        of_size = "8-bit masks or maps? divide by 255"
    elif rows:
        of_size = "counts? divide each row by its sum"
    else:
        of_size = f"divide by their maximum ({seen.high:g}) to get probabilities"
    return f"{of_labels}; {of_size}" if of_labels else of_size


def clip_note(seen: Findings) -> tuple[str, ...]:
    """Say how many probabilities were clipped."""
    if not seen.outside:
        return ()
    verb = "lies" if seen.outside == 1 else "lie"
    count = plural(seen.outside, "prediction")
    return (f"{count} {verb} outside [0, 1], such as {seen.farthest!r}: clipped",)


def _slightly_outside(seen: Findings) -> tuple[str, ...]:
    """Warn of predictions that may be probabilities which rounding took out of [0, 1]."""
    if seen.low < -ROUNDING or seen.high > 1.0 + ROUNDING:
        return ()
    where = f"every prediction lies within {ROUNDING:g} of [0, 1]"
    return (f"{where}: read as logits; clip them if they are probabilities that were rounded",)


def _decide_from_sums(loss: Loss, seen: Findings) -> Decision:
    """Tell log-probabilities from logits by whether their exponentials sum to one."""
    first = loss.inputs[0].name
    if seen.within_unit and not seen.unnormalized_rows:
        raise DataError(
            f"{loss.id}: rows of {first} lie in [0, 1] and sum to 1, as probabilities do; give "
            f"their logarithms, or, if they are logits, set {option('input', 'logits')}"
        )
    if seen.high > 0.0:
        return Decision("logits", "data", f"{first} hold {seen_as(seen.high)}, which is positive")
    if seen.unnormalized_rows:
        why = f"the exponentials of a row of {first} sum to {seen.first_row_sum:.6g}, not to 1"
        return Decision("logits", "data", why)
    return Decision("log_probabilities", "data", f"the exponentials of {first} sum to 1")


def _swapped() -> str:
    return (
        "every prediction is 0 or 1 while targets hold fractions: are they swapped? (if not, set "
        f"{option('input', 'probabilities')})"
    )


def _confirm_only(loss: Loss, axes: FormAxes, kind: str, seen: Findings) -> Decision:
    """Take predictions as the one kind the loss knows, but for what is plainly another."""
    if kind == "log_probabilities":
        _require_log_probabilities(seen)
    elif not seen.within_unit:
        _require_logits(loss, axes, seen)
    return Decision(kind, "declared", f"{loss.id} reads {NAMES.get(kind, kind)}")


def _require_log_probabilities(seen: Findings) -> None:
    if seen.high > 1e-6:
        raise DataError(
            f"predictions are read as log-probabilities, but {seen_as(seen.high)} is positive"
        )


def _decide_elements(loss: Loss, seen: Findings) -> Decision:
    if seen.hard and "labels" in loss.kinds:
        return Decision("labels", "data", "every prediction is 0 or 1")
    warnings: tuple[str, ...] = ()
    if seen.hard and seen.soft_targets:
        raise DataError(_swapped())
    if seen.hard:
        warnings = ("every prediction is exactly 0 or 1: labels rather than probabilities?",)
    why = "every prediction lies in [0, 1]"
    return Decision("probabilities", "data", why, (*warnings, *clip_note(seen)))


def _decide_rows(loss: Loss, kinds: tuple[str, ...], seen: Findings) -> Decision:
    if seen.hard and seen.soft_targets:
        raise DataError(_swapped())
    if not seen.unnormalized_rows:
        why = "rows lie in [0, 1] and sum to 1"
        return Decision("probabilities", "data", why, clip_note(seen))
    rows = _unnormalized(seen)
    if loss.strict:
        if abs(seen.first_row_sum - 1.0) <= ROUNDED:
            raise DataError(
                f"{loss.id}: {rows}: rounded probabilities? set "
                f"{option('input', 'probabilities')}, or divide each row by its sum; for logits "
                f"set {option('input', 'logits')}"
            )
        raise DataError(
            f"{loss.id}: {rows}, so they may be logits or probabilities; choose with "
            f"{option('input', 'logits')} or {option('input', 'probabilities')}"
        )
    return Decision(kinds[0], "declared", f"{loss.id} reads {kinds[0]} in [0, 1]", (rows,))


def confirm(
    loss: Loss, kind: str, axes: FormAxes, seen: Findings, *, clip: bool = False
) -> Decision:
    """Take the caller's word for the kind, unless the data cannot be that.

    With `clip` probabilities may lie anywhere: they were clipped.
    """
    if kind in {"probabilities", "labels"} and not (clip or seen.within_unit):
        hint = f"; logits? set {option('input', 'logits')}" if "logits" in loss.kinds else ""
        if seen.whole or seen.total is not None or TENTH < seen.high <= BYTE:
            look = unlike_logits(seen, rows=axes == "item class", labels=loss.hard_masks)
            hint = hint if look is None else f": {look}"
        outside = f"{seen_as(seen.outside_unit)} lies outside [0, 1]"
        raise DataError(f"predictions are to be read as {kind}, but {outside}{hint}")
    if kind == "labels" and not seen.hard:
        raise DataError("predictions are to be read as labels, but some are neither 0 nor 1")
    if kind == "log_probabilities":
        _require_log_probabilities(seen)
    warnings: tuple[str, ...] = ()
    if kind == "probabilities" and axes == "item class" and seen.unnormalized_rows:
        warnings = (_unnormalized(seen),)
    if kind == "probabilities":
        warnings += clip_note(seen)
    return Decision(kind, "option", "as stated", warnings)


def _unnormalized(seen: Findings) -> str:
    verb = "does" if seen.unnormalized_rows == 1 else "do"
    rows = plural(seen.unnormalized_rows, "row")
    return f"{rows} in [0, 1] {verb} not sum to 1 (the first: {seen_as(seen.first_row_sum)})"
