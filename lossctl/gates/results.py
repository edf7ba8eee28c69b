"""Gates of results of `compute`: of values, parts, classes and slices, and of earlier results."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.gate import REFERENCES, Bound, Gate, Limits, Verdict, amount_in_words, verdict_of
from lossctl.core.inner_values import slice_title
from lossctl.core.result import Result, ValueInterval
from lossctl.core.spec import labels, spec
from lossctl.core.spelling import did_you_mean, listed, number, option, some_of
from lossctl.gates.baseline import Baseline, Comparison
from lossctl.gates.limits import Limit

MOST_DIFFERING = 0.01  # of the population: with less, units that are all alike decide
BASELINE = REFERENCES["baseline"]
OF_ONE_SIDED_TEST: Mapping[str, Verdict] = {
    "worse": "failed",
    "not worse": "passed",
    "undecided": "undecided",
}


class Noise(NamedTuple):
    """Whether gates look at intervals, and whether one that is undecided fails.

    Slices are small: their gates look at their intervals always, others where that is asked for.
    """

    of_values: bool = False
    required: bool = False


def worst_of(result: Result) -> float:
    """Return the value that must pass: of values per item, the worst."""
    worst = np.min if result.higher_is_better else np.max
    return float(worst(result.value))


def gates_of_results(
    results: Sequence[Result], limits: Sequence[Limit], earlier: Baseline | None, noise: Noise
) -> tuple[list[Result], list[list[Gate]]]:
    """Return the results with their comparisons, and the gates of each.

    Raises
    ------
    UsageError
        For limits of what was not computed, and baselines of other losses or readings.
    DataError
        For a baseline of other data.
    """
    judged: list[Result] = []
    gates: list[list[Gate]] = []
    for result, label in zip(results, labels(results), strict=True):
        own = [
            gate
            for limit in limits
            if limit.applies_to(result)
            for gate in _gates_of_limit(result, label, limit, noise, earlier)
        ]
        judged.append(result)
        if earlier is not None:
            value = worst_of(result)
            change = earlier.compare(result, value)
            own.append(_gate_of_baseline(result, label, earlier, change, noise))
            judged[-1] = replace(result, baseline=change.to_dict())
        gates.append(own)
    for limit in limits:
        _require_used(limit, results)
    return judged, gates


class _Part(NamedTuple):
    """A value inside a result: what it is called in messages and in the result."""

    name: str
    part: str
    value: float
    interval: Limits | None = None
    confidence: float | None = None
    alike: int = 0


def _gates_of_limit(
    result: Result, label: str, limit: Limit, noise: Noise, earlier: Baseline | None
) -> Iterator[Gate]:
    """Hold each value that a limit is of against it."""
    for one in _parts(result, label, limit):
        looks = limit.slices is not None or noise.of_values
        interval = one.interval if looks else None
        most, reference, against = _most(result, label, limit, one, earlier)
        verdict = verdict_of(one.value, most, at_least=result.higher_is_better, interval=interval)
        verdict, note = of_alike(verdict, one.alike if looks else 0)
        yield Gate(
            name=one.name,
            kind="limit" if reference is None else "reference",
            value=one.value,
            limit=most,
            verdict=verdict,
            words=limit.bound.words,
            at_least=result.higher_is_better,
            reference=reference,
            against=against,
            interval=interval,
            confidence=one.confidence if interval is not None else None,
            part=one.part,
            required=noise.required,
            note=note,
        )


def of_alike(verdict: Verdict, alike: int) -> tuple[Verdict, str]:
    """Return the verdict on a value whose units are all alike, and why; a few decide nothing.

    Parameters
    ----------
    verdict
        By the value alone.
    alike
        How many units are all alike, so that there is no interval; 0 where they are not.
    """
    if not alike or verdict != "passed":
        return verdict, ""
    from lossctl.uncertainty.shares import may_differ  # noqa: PLC0415 - rarely all are alike

    share = may_differ(alike)
    if share <= MOST_DIFFERING:
        return verdict, ""
    return "undecided", f"all {alike} are alike, of others {100.0 * share:.2g} % may differ"


def _most(
    result: Result, label: str, limit: Limit, one: "_Part", earlier: Baseline | None
) -> tuple[float, float | None, str]:
    """Return the greatest value that passes, and what it is relative to."""
    known = references_in(result.context)
    if limit.slices is not None:
        known["overall"] = worst_of(result)
    if limit.bound.reference == "baseline" and earlier is not None:
        known["baseline"] = earlier.value_of(result, one.part, limit.where)
    return most_of(limit.bound, known, label, limit.where)


def references_in(context: Mapping[str, float]) -> dict[str, float]:
    """Return what limits may be relative to, of what is known of a value."""
    known = {name: value for name, value in context.items() if name in REFERENCES}
    if "target_variance" in context:  # of mse: the best constant is the mean of the targets
        known["constant"] = context["target_variance"]
    return known


def most_of(
    bound: Bound, known: Mapping[str, float], label: str, where: str
) -> tuple[float, float | None, str]:
    """Return the greatest value that passes, and what it is relative to, if to anything.

    Raises
    ------
    UsageError
        For a reference that is not known of a value.
    """
    if bound.reference is None:
        return bound.number, None, ""
    if bound.reference == "baseline" and "baseline" not in known:
        raise UsageError(f"{where}: of which baseline? say {option('baseline')}")
    if bound.reference not in known:
        names = [name for name in REFERENCES if name in known]
        hint = f"; known are {listed(names)}" if names else ""
        text = f"{where}: {bound.reference} is not known of {label} on these inputs{hint}"
        raise UsageError(text)
    reference = known[bound.reference]
    return share_of(bound, reference, where), reference, REFERENCES[bound.reference]


def share_of(bound: Bound, reference: float, where: str) -> float:
    """Return a share of a reference; one of less than 0 would be a limit in the other direction.

    Raises
    ------
    UsageError
        For another share than the whole of a negative reference.
    """
    if reference < 0.0 and bound.number != 1.0:
        raise UsageError(
            f"{where}: the reference is {number(reference)}, and a share of a negative value is no "
            "limit; give a number"
        )
    return bound.number * reference


def _parts(result: Result, label: str, limit: Limit) -> list[_Part]:
    """Return the values that a limit is of: a result's own, one inside it, or those of slices."""
    if limit.slices is not None:
        return _slices(result, label, limit)
    if limit.part is None:
        return [_Part(label, "", worst_of(result), *_band(result.interval), result.alike)]
    every = result.inner_values()
    inner = {each.part: each for each in every}
    by_index = {f"class.{each.facts['class']}": each for each in every if "class" in each.facts}
    if (found := inner.get(limit.part) or by_index.get(limit.part)) is not None:
        return [_Part(f"{limit.part} of {label}", found.part, found.value)]
    hint = f"; its parts are {', '.join(inner)}" if inner else ""
    raise UsageError(f"{limit.where}: {label} has no part {limit.part} on these inputs{hint}")


def _band(interval: ValueInterval | None) -> tuple[Limits | None, float | None]:
    return (
        (None, None) if interval is None else ((interval.low, interval.high), interval.confidence)
    )


def _slices(result: Result, label: str, limit: Limit) -> list[_Part]:
    selector = limit.slices
    assert selector is not None  # noqa: S101 - of such a limit
    found = [one for one in result.slices if selector.selects(one.by, one.name)]
    if found:
        return [
            _Part(
                f"{label}[{one.by}={one.name}]",
                slice_title(one.by, one.name),
                one.value,
                one.interval,
                one.confidence,
                one.alike,
            )
            for one in found
        ]
    if not result.slices:
        raise UsageError(
            f"{limit.where}: there are no slices; say how with {option('by', selector.by)}"
        )
    names = [slice_title(one.by, one.name) for one in result.slices]
    text = f"{selector.by}={selector.category}"
    hint = did_you_mean(text, names) or f"; slices are {some_of(names)}"
    raise UsageError(f"{limit.where}: no slice {text} of at least {option('min_size')} rows{hint}")


def _gate_of_baseline(
    result: Result, label: str, earlier: Baseline, change: Comparison, noise: Noise
) -> Gate:
    """Hold a value against that of an earlier run."""
    value, higher = worst_of(result), result.higher_is_better
    verdict = verdict_of(value, change.allowed, at_least=higher)
    interval = confidence = None
    note = ""
    if noise.of_values and (band := earlier.unpaired(result)) is not None:
        from lossctl.uncertainty.comparison import one_sided_gate  # noqa: PLC0415 - intervals only

        difference, confidence = band
        margin = abs(change.allowed - change.value)
        found = one_sided_gate(difference, confidence, margin, higher_is_better=higher)
        verdict = OF_ONE_SIDED_TEST[found]
        interval = as_shares(difference.limits(confidence), change.value)
        note = " of unpaired rows"
    elif noise.of_values:
        verdict, note = of_alike(verdict, result.alike)
    return Gate(
        name=label,
        kind="baseline",
        value=value,
        limit=change.allowed,
        verdict="failed" if math.isnan(value) else verdict,
        words=amount_in_words(earlier.tolerance.text),
        at_least=higher,
        reference=change.value,
        against=BASELINE,
        interval=interval,
        confidence=confidence,
        required=noise.required,
        note=note,
    )


def as_shares(interval: Limits, reference: float) -> Limits:
    """Return limits of a difference as shares of a reference; as they are where that is 0."""
    scale = abs(reference) or 1.0
    low, high = interval
    return low / scale, high / scale


def _require_used(limit: Limit, results: Sequence[Result]) -> None:
    """Refuse a limit of parameters or parts that no result has: it would pass unseen."""
    if any(limit.applies_to(result) for result in results):
        return
    if limit.loss is None:
        recipe = next(result.loss for result in results if result.parts)
        raise UsageError(f"{limit.where}: {recipe} has no part {limit.part} on these inputs")
    params = [result.params for result in results if result.loss == limit.loss]
    for name in limit.params:
        if name not in params[0]:
            hint = did_you_mean(name, params[0])
            raise UsageError(f"{limit.where}: {limit.loss} has no parameter {name}{hint}")
    computed = ", ".join(spec(limit.loss, {n: each[n] for n in limit.params}) for each in params)
    raise UsageError(f"{limit.where}: is not computed; computed are {computed}")
