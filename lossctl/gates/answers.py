"""Gates of `run`: limits on the total, on components, violation rates and satisfaction."""

from collections.abc import Iterator, Sequence
from typing import Any

from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean, visible
from lossctl.gates.baseline import finite_number
from lossctl.gates.checks import Check, at_most, failed, limits_by_name
from lossctl.objective.objective_result import ObjectiveResult
from lossctl.report.text import number


def failures_of(answers: Sequence[ObjectiveResult], fail_over: Any) -> list[str]:
    """Hold answers against the gates of their files and the limits of the caller.

    Parameters
    ----------
    answers
        What :func:`lossctl.run` returned.
    fail_over
        The greatest total that passes, ``{"component": limit}``, or texts, ``"LIMIT"`` or
        ``"NAME=LIMIT"``.

    Returns
    -------
    list of str
        Which gates failed, and which totals are not finite.

    Raises
    ------
    UsageError
        For a limit of a component that no document has.
    """
    limits = [_limit(name or "total", value, answers) for name, value in limits_by_name(fail_over)]
    failures = []
    for answer in answers:
        prefix = f"{answer.name}: " if len(answers) > 1 else ""
        checks = [*_file_checks(answer), *_limit_checks(answer, limits)]
        failures += failed([(passed, prefix + text) for passed, text in checks])
        if answer.status != "ok":
            failures.append(f"{prefix}total is {number(answer.total)}: the value is not finite")
    return failures


def _file_checks(answer: ObjectiveResult) -> Iterator[Check]:
    """Hold an answer against the gates of its own file, whose names were checked with it."""
    gates = answer.gates
    if gates is None:
        return
    if gates.total is not None:
        yield at_most("total", answer.total, gates.total)
    for name, limit in gates.components.items():
        yield at_most(name, answer.component(name).raw, limit)
    for name, limit in gates.violation_rate.items():
        violations = answer.component(name).violations
        assert violations is not None  # noqa: S101 - checked with the file
        yield at_most(f"violation rate of {name}", violations.rate, limit)
    for name, least in gates.satisfaction.items():
        truth = answer.component(name).satisfaction
        assert truth is not None  # noqa: S101 - as above
        text = f"satisfaction of {name} is {number(truth)}, under the limit {number(least)}"
        yield truth >= least, text


def _limit(name: str, limit: Any, answers: Sequence[ObjectiveResult]) -> tuple[str, float]:
    """Check a limit of the total, or of a component that some document has."""
    text = f"fail_over {visible(str(limit) if name == 'total' else f'{name}={limit}')}"
    value = finite_number(limit, text)
    names = list(dict.fromkeys(one.name for answer in answers for one in answer.components))
    if name not in {*names, "total"}:
        hint = did_you_mean(name, [*names, "total"])
        raise UsageError(f"{text}: no component {name!r}{hint}")
    return name, value


def _limit_checks(answer: ObjectiveResult, limits: Sequence[tuple[str, float]]) -> list[Check]:
    """Compare the total, and the components that the document has, with their limits."""
    values = {one.name: one.raw for one in answer.components} | {"total": answer.total}
    return [at_most(name, values[name], limit) for name, limit in limits if name in values]
