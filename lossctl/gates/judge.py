"""Gates: limits on values, and comparisons with the results of an earlier run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lossctl.core.errors import GATE_FAILED, INVALID_DATA, OK, UNDECIDED, UsageError
from lossctl.core.gate import Gate
from lossctl.core.outcome import Outcome
from lossctl.core.result import Result
from lossctl.core.spec import labels
from lossctl.core.spelling import number, option
from lossctl.gates.baseline import read_baseline
from lossctl.gates.limits import known_of, read_limits
from lossctl.gates.results import Noise, gates_of_results
from lossctl.gates.runs import gates_of_runs

if TYPE_CHECKING:
    from lossctl.objective.objective_result import ObjectiveResult

UNDECIDED_ANSWERS = ("pass", "fail")


class Verdict(NamedTuple):
    """The verdict of the gates on some results; true when every gate is passed.

    Attributes
    ----------
    results
        The results, with the comparison of each where there is a baseline.
    failures
        Which gates failed and which values are not finite, in words.
    notes
        Comparisons that passed and gates that are undecided, in words.
    exit_code
        The exit code of the shell: 0, 1 when a gate failed, 3 when a value is not finite, 4 when a
        gate is undecided and `undecided` is ``fail``.
    gates
        The gates of each result, each with its value, its limit, its verdict and a sentence.
    """

    results: tuple[Any, ...]
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    exit_code: int
    gates: tuple[tuple[Gate, ...], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every gate is passed and every value is finite."""
        return self.exit_code == OK

    def outcomes(self, group: str = "lossctl") -> list[Outcome]:
        """Return what reports for CI systems say: every gate, and every value without one."""
        found: list[Outcome] = []
        for result, name, gates in zip(self.results, _names(self.results), self.gates, strict=True):
            found += [gate.outcome(group) for gate in gates]
            if result.status != "ok":
                text = f"{name} is {number(_value(result))}: the value is not finite"
                found.append(Outcome(f"{name} is finite", "failed", text, group))
            elif not gates:
                found.append(Outcome(name, "passed", f"{name} is {number(_value(result))}", group))
        return found

    def __bool__(self) -> bool:
        """Whether every gate is passed, so that `assert lossctl.judge(…)` does what it says."""
        return self.passed


def judge(
    results: "Result | ObjectiveResult | Sequence[Result] | Sequence[ObjectiveResult]",
    *,
    fail_over: Any = None,
    baseline: Any = None,
    tolerance: float | str | None = None,
    undecided: str | None = None,
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
        a number is a limit of the total. ``"mse[region=EU]=0.3"`` is a limit of a slice, with ``*``
        of each one. In place of a number, ``"90% of constant"`` is a share of the best constant
        prediction's loss; other references are ``chance`` and, of slices, ``overall``.
    baseline
        A JSON file of an earlier run, or earlier results. Losses, parameters, readings, weights and
        data must be the same.
    tolerance
        By how much a value may exceed its baseline: ``"2%"`` of it, or a number to add.
    undecided
        ``pass`` or ``fail``: gates look at the intervals of values, and what a gate comes to whose
        limit lies inside. Those of slices always do, and pass where nothing is said; others only
        where something is.

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
    require_undecided(undecided)
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
        return _verdict(several, gates_of_runs(several, fail_over))
    limits = read_limits(fail_over, known_of(several))
    noise = Noise(undecided is not None, undecided == "fail")
    earlier = read_baseline(baseline, tolerance)
    return _verdict(*gates_of_results(several, limits, earlier, noise))


def require_undecided(undecided: str | None) -> None:
    """Refuse what says neither that undecided gates pass nor that they fail."""
    if undecided not in {None, *UNDECIDED_ANSWERS}:
        raise UsageError(f"{option('undecided')} must be pass or fail, got {undecided!r}")


def _verdict(results: Sequence[Any], gates: Sequence[Sequence[Gate]]) -> Verdict:
    """Return what the gates of results come to."""
    failures: list[str] = []
    notes: list[str] = []
    several = len(results) > 1
    for result, name, own in zip(results, _names(results), gates, strict=True):
        for gate in own:
            prefix = f"{gate.group}: " if gate.group and several else ""
            if gate.fails:
                word = "failed" if gate.verdict == "failed" else "undecided"
                failures.append(f"gate {word}: {prefix}{gate.sentence()}")
            elif gate.kind == "baseline" or gate.verdict == "undecided":
                notes.append(prefix + gate.sentence())
        if result.status != "ok":
            failures.append(f"{name} is {number(_value(result))}: the value is not finite")
    every = [gate for own in gates for gate in own]
    code = UNDECIDED if any(gate.fails for gate in every) else OK
    code = GATE_FAILED if any(gate.verdict == "failed" for gate in every) else code
    # a value that is not finite outweighs a gate: it says that the data is wrong, not the model
    code = INVALID_DATA if any(result.status != "ok" for result in results) else code
    return Verdict(tuple(results), tuple(failures), tuple(notes), code, tuple(map(tuple, gates)))


def _names(results: Sequence[Any]) -> list[str]:
    """Return what messages call the values of results."""
    if results and isinstance(results[0], Result):
        return labels(results)
    return [f"{each.name}: total" if len(results) > 1 else "total" for each in results]


def _value(result: "Result | ObjectiveResult") -> float:
    """Return the value that a gate is of; of values per item, the greatest."""
    return float(np.max(result.value)) if isinstance(result, Result) else result.total
