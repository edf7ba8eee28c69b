"""Gates: limits on values, and comparisons with the results of an earlier run."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lossctl.core.errors import GATE_FAILED, INVALID_DATA, OK, UsageError
from lossctl.core.result import Result
from lossctl.core.spec import finite_number, labels, spec
from lossctl.core.spelling import did_you_mean, number, numbers, option, visible
from lossctl.gates.baseline import in_words, read_baseline
from lossctl.gates.limits import (
    Check,
    Limit,
    at_least,
    at_most,
    failures_of,
    known_of,
    limits_by_name,
    read_limits,
)

if TYPE_CHECKING:
    from lossctl.objective.objective_result import ObjectiveResult


class Verdict(NamedTuple):
    """The verdict of the gates on some results; true when every gate is passed.

    Attributes
    ----------
    results
        The results, with the comparison of each where there is a baseline.
    failures
        Which gates failed and which values are not finite, in words.
    notes
        Every comparison in words.
    limits
        For each result the greatest values that pass: of compute by the name of a class or a part,
        by an empty one for its own value; of run by the name of a component, or ``total``.
    exit_code
        The exit code of the shell: 0, 1 when a gate failed, 3 when a value is not finite.
    """

    results: tuple[Any, ...]
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    exit_code: int
    limits: tuple[Mapping[str, float], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every gate is passed and every value is finite."""
        return self.exit_code == OK

    def __bool__(self) -> bool:
        """Whether every gate is passed, so that `assert lossctl.judge(…)` does what it says."""
        return self.passed


def judge(
    results: "Result | ObjectiveResult | Sequence[Result] | Sequence[ObjectiveResult]",
    *,
    fail_over: Any = None,
    fail_under: Any = None,
    baseline: Any = None,
    tolerance: float | str | None = None,
) -> Verdict:
    """Compare results with limits, and with the results of an earlier run.

    Parameters
    ----------
    results
        What :func:`lossctl.compute`, :func:`lossctl.evaluate` or :func:`lossctl.run` returned. The
        gates of a configuration are checked too.
    fail_over
        The greatest value that passes: a number (for one loss), ``{"focal": 0.35}``, or texts as
        the shell takes them, ``"LOSS=LIMIT"``. Parameters select one of several results of a loss,
        ``"quantile:q=0.1=0.3"``; a part of a recipe or a component of a run may be named; for these
        a number is a limit of the total.
    fail_under
        The least value that passes, in the same ways, of what is better when it is higher.
    baseline
        A JSON file of an earlier run, or earlier results. Losses, parameters, readings, weights and
        data must be the same.
    tolerance
        By how much a value may exceed its baseline: ``"2%"`` of it, or a number to add.

    Raises
    ------
    UsageError
        For a limit of a loss that was not computed, and a baseline of other losses or readings.
    DataError
        For a baseline of other data.

    Examples
    --------
    >>> import lossctl
    >>> result = lossctl.compute("mae", [1.0, 2.0], [1.5, 2.5])
    >>> bool(lossctl.judge(result, fail_over=0.6)), bool(lossctl.judge(result, fail_over=0.4))
    (True, False)
    """
    several: list[Any] = list(results) if isinstance(results, Sequence) else [results]
    for result in several:
        if not hasattr(result, "to_dict") or not hasattr(result, "status"):
            kind = type(result).__name__
            raise UsageError(f"judge takes results of compute, evaluate or run, got {kind}")
    if several and not isinstance(several[0], Result):
        if baseline is not None:
            raise UsageError(
                f"{option('baseline')}: is for results of compute; a run has its own gates"
            )
        if fail_under is not None:
            raise UsageError(f"{option('fail_under')}: is for metrics; a run has none")
        limits_of_run = _limits_of_run(several, fail_over)
        failures = _failures_of_run(several, limits_of_run)
        return _verdict(several, failures, [], limits_of_run)
    known = known_of(several)
    limits = [*read_limits(fail_over, known), *read_limits(fail_under, known, least=True)]
    return _judge_results(several, limits, baseline, tolerance)


def _verdict(
    results: Sequence[Any],
    failures: Sequence[str],
    notes: Sequence[str],
    limits: Sequence[Mapping[str, float]],
) -> Verdict:
    code = GATE_FAILED if failures else OK
    # a value that is not finite outweighs a gate: it says that the data is wrong, not the model
    code = INVALID_DATA if any(result.status != "ok" for result in results) else code
    return Verdict(tuple(results), tuple(failures), tuple(notes), code, tuple(limits))


def _least(
    limits: Iterable[tuple[str, float]], strictest: Callable[..., float] = min
) -> dict[str, float]:
    """Return limits by name; of several of one name the strictest, which all must pass."""
    least: dict[str, float] = {}
    for name, limit in limits:
        least[name] = strictest(limit, least.get(name, limit))
    return least


# Results of compute


def _judge_results(
    results: list[Result],
    limits: Sequence[Limit],
    baseline: Any,
    tolerance: float | str | None,
) -> Verdict:
    earlier = read_baseline(baseline, tolerance)
    judged: list[Result] = []
    failures: list[str] = []
    notes: list[str] = []
    for result, label in zip(results, labels(results), strict=True):
        worst = np.min if result.higher_is_better else np.max
        value = float(worst(result.value))  # of values per item, the worst must pass
        checks = _checks(result, label, value, limits)
        judged.append(result)
        if earlier is not None:
            change = earlier.compare(result, value)
            notes.append(f"{label}: {in_words(value, change, higher=result.higher_is_better)}")
            before, now, allowed = numbers(change.value, value, change.allowed)
            allows = f"the baseline {before} allows {allowed}"
            checks.append((change.passes(value), f"{label} is {now}, {allows}"))
            judged[-1] = replace(result, baseline=change.to_dict())
        failures += failures_of(checks)
        if result.status != "ok":
            failures.append(f"{label} is {number(value)}: the value is not finite")
    for limit in limits:
        _require_used(limit, results)
    applied = [
        _least(
            ((limit.part or "", limit.value) for limit in limits if limit.applies_to(result)),
            max if result.higher_is_better else min,
        )
        for result in results
    ]
    return _verdict(judged, failures, notes, applied)


def _checks(result: Result, label: str, value: float, limits: Sequence[Limit]) -> list[Check]:
    """Compare a result, its parts and its classes with the limits there are."""
    checks = []
    within = at_least if result.higher_is_better else at_most
    inner = {row.name.removeprefix(f"{result.loss}."): row.value for row in result.inner_values()}
    for limit in limits:
        if not limit.applies_to(result):
            continue
        if limit.part is None:
            checks.append(within(label, value, limit.value))
        elif limit.part in inner:
            checks.append(within(f"{limit.part} of {label}", inner[limit.part], limit.value))
        else:
            hint = f"; its parts are {', '.join(inner)}" if inner else ""
            raise UsageError(
                f"{option('fail_over')} {limit.text}: {label} has no part {limit.part} on these "
                f"inputs{hint}"
            )
    return checks


def _require_used(limit: Limit, results: Sequence[Result]) -> None:
    """Refuse a limit of parameters or parts that no result has: it would pass unseen."""
    if any(limit.applies_to(result) for result in results):
        return
    if limit.loss is None:
        recipe = next(result.loss for result in results if result.parts)
        raise UsageError(
            f"{option('fail_over')} {limit.text}: {recipe} has no part {limit.part} on these inputs"
        )
    params = [result.params for result in results if result.loss == limit.loss]
    for name in limit.params:
        if name not in params[0]:
            hint = did_you_mean(name, params[0])
            raise UsageError(
                f"{option('fail_over')} {limit.text}: {limit.loss} has no parameter {name}{hint}"
            )
    computed = ", ".join(spec(limit.loss, {n: each[n] for n in limit.params}) for each in params)
    raise UsageError(
        f"{option('fail_over')} {limit.text}: is not computed; computed are {computed}"
    )


# Results of run


def _failures_of_run(
    results: Sequence["ObjectiveResult"], limits: Sequence[Mapping[str, float]]
) -> list[str]:
    """Hold results of `run` against their limits, and the other gates of their files."""
    failures = []
    for result, own in zip(results, limits, strict=True):
        prefix = f"{result.name}: " if len(results) > 1 else ""
        values = {component.name: component.raw for component in result.components}
        values["total"] = result.total
        checks = [at_most(name, values[name], limit) for name, limit in own.items()]
        checks += _file_checks(result)
        failures += failures_of([(passed, prefix + text) for passed, text in checks])
        if result.status != "ok":
            failures.append(f"{prefix}total is {number(result.total)}: the value is not finite")
    return failures


def _file_checks(result: "ObjectiveResult") -> Iterator[Check]:
    """Hold the rules and constraints against the gates of their file, whose names it checked."""
    gates = result.gates
    if gates is None:
        return
    for name, limit in gates.violation_rate.items():
        violations = result.component(name).violations
        assert violations is not None  # noqa: S101 - checked with the file
        yield at_most(f"violation rate of {name}", violations.rate, limit)
    for name, least in gates.satisfaction.items():
        satisfied = result.component(name).satisfaction
        assert satisfied is not None  # noqa: S101 - as above
        seen, wanted = numbers(satisfied, least)
        yield satisfied >= least, f"satisfaction of {name} is {seen}, under the limit {wanted}"


def _limits_of_run(results: Sequence["ObjectiveResult"], fail_over: Any) -> list[dict[str, float]]:
    """Return the limits of each result's total and components: of its file and of the caller.

    Raises
    ------
    UsageError
        For a limit of a component that no document has.
    """
    said = [
        _limit_of_run(name or "total", value, results) for name, value in limits_by_name(fail_over)
    ]
    limits = []
    for result in results:
        names = {"total", *(component.name for component in result.components)}
        own = [] if result.gates is None else [*result.gates.components.items()]
        if result.gates is not None and result.gates.total is not None:
            own = [("total", result.gates.total), *own]
        limits.append(_least([*own, *((name, limit) for name, limit in said if name in names)]))
    return limits


def _limit_of_run(name: str, limit: Any, results: Sequence["ObjectiveResult"]) -> tuple[str, float]:
    """Check a limit of the total, or of a component that some document has."""
    text = f"{option('fail_over')} {visible(str(limit) if name == 'total' else f'{name}={limit}')}"
    value = finite_number(limit, text)
    names = [component.name for result in results for component in result.components]
    if name not in {*names, "total"}:
        hint = did_you_mean(name, [*dict.fromkeys(names), "total"])
        raise UsageError(f"{text}: no component {name!r}{hint}")
    return name, value
