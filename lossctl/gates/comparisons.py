"""Gates of comparisons: whether a model is worse than the baseline, and limits on its values."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from lossctl.core.errors import UsageError
from lossctl.core.gate import Gate, Limits, amount_in_words, verdict_of
from lossctl.core.inner_values import slice_title
from lossctl.core.spelling import option, some_of
from lossctl.gates.limits import Known, Limit, known_of, read_all_limits
from lossctl.gates.results import OF_ONE_SIDED_TEST, as_shares, of_alike, share_of

if TYPE_CHECKING:
    from lossctl.comparison_result import Comparisons
    from lossctl.uncertainty.comparison import Comparison


class Worse(NamedTuple):
    """Whether a model must not be worse than the baseline, and whether undecided gates fail."""

    fails: bool
    required: bool


def gates_of_comparisons(
    answer: "Comparisons", worse: Worse, fail_over: Any = None, fail_under: Any = None
) -> list[list[Gate]]:
    """Return the gates of each comparison.

    Raises
    ------
    UsageError
        For limits of losses that were not compared, and of slices that there are not.
    """
    results = next(iter(answer.results.values()))  # of the baseline, one for each loss
    limits = limits_of_comparisons(fail_over, fail_under, known_of(results))
    others = len(answer.results) - 1
    gates = []
    for at, (each, gate) in enumerate(zip(answer.comparisons, answer.gates, strict=True)):
        own = []
        if worse.fails:
            own = [_no_worse(each, gate, answer.margin, worse)]
        elif worse.required and each.verdict == "undecided":
            own = [_no_worse(each, "undecided", answer.margin, worse)]
        for limit in limits:
            if limit.applies_to(results[at // others]):
                own += _limited(answer, at, limit, required=worse.required)
        gates.append(own)
    return gates


def limits_of_comparisons(fail_over: Any, fail_under: Any, known: Known) -> list[Limit]:
    """Read limits on the values of models.

    Raises
    ------
    UsageError
        For what is no limit, for limits of parts, and for shares of another reference than the
        baseline.
    """
    limits = read_all_limits(fail_over, fail_under, known._replace(parts={}))
    for limit in limits:
        if limit.part is not None:
            raise UsageError(f"{limit.where}: {limit.loss} is compared as a whole, not by parts")
        if limit.bound.reference not in {None, "baseline"}:
            raise UsageError(
                f"{limit.where}: limits of a comparison are numbers or shares of baseline"
            )
    return limits


def _no_worse(each: "Comparison", gate: str, margin: float | str, worse: Worse) -> Gate:
    """Return the gate that a model is no worse than the baseline by more than the margin."""
    higher = each.higher_is_better
    limit = each.baseline_value + (-each.margin if higher else each.margin)
    low, high = (each.baseline_value + one for one in each.interval)
    by_interval = verdict_of(each.value, limit, at_least=higher, interval=(low, high))
    verdict = OF_ONE_SIDED_TEST[gate]
    return Gate(
        name=f"{each.loss} of {each.model}",
        kind="comparison",
        value=each.value,
        limit=limit,
        verdict=verdict,
        words=amount_in_words(str(margin)),
        at_least=higher,
        reference=each.baseline_value,
        against=each.baseline,
        interval=as_shares(each.interval, each.baseline_value),
        confidence=each.confidence,
        required=worse.required,
        # the interval is two-sided, the test asks on one side only and may be decided before it
        note="" if by_interval == verdict else ", by a one-sided test",
    )


def _limited(answer: "Comparisons", at: int, limit: Limit, *, required: bool) -> Iterator[Gate]:
    """Hold a model's value, or those of its slices, against a limit."""
    for one in _compared(answer, at, limit):
        each, interval = one.comparison, one.interval
        reference, most, against = None, limit.bound.number, ""
        if limit.bound.reference is not None:
            reference, against = each.baseline_value, each.baseline
            most = share_of(limit.bound, reference, limit.where)
            low, high = (reference + end for end in each.interval)
            interval = (low, high)
        verdict = verdict_of(each.value, most, at_least=each.higher_is_better, interval=interval)
        verdict, note = of_alike(verdict, one.alike if reference is None else 0)
        name = f"{each.loss}[{one.part}]" if one.part else each.loss
        yield Gate(
            name=f"{name} of {each.model}",
            part=one.part,
            kind="limit" if reference is None else "reference",
            value=each.value,
            limit=most,
            verdict=verdict,
            words=limit.bound.words,
            at_least=each.higher_is_better,
            reference=reference,
            against=against,
            interval=interval,
            confidence=each.confidence if interval is not None else None,
            required=required,
            note=note,
        )


class _Part(NamedTuple):
    """What a limit is of: its name where it is a slice, with the interval of its value."""

    part: str
    comparison: "Comparison"
    interval: Limits | None = None
    alike: int = 0


def _compared(answer: "Comparisons", at: int, limit: Limit) -> list[_Part]:
    """Return what a limit is of: a comparison, or those of slices."""
    if limit.slices is None:
        return [_Part("", answer.comparisons[at])]
    slices = answer.slices[at] if at < len(answer.slices) else ()
    found = [
        _Part(slice_title(one.by, one.name), one.comparison, one.interval, one.alike)
        for one in slices
        if limit.slices.selects(one.by, one.name)
    ]
    if not found:
        if not slices:
            way = option("by", limit.slices.by)
            raise UsageError(f"{limit.where}: there are no slices; say how with {way}")
        names = some_of([slice_title(one.by, one.name) for one in slices])
        raise UsageError(f"{limit.where}: there is no such slice; slices are {names}")
    return found
