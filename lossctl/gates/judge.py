"""Gates: limits on values, and comparisons with the results of an earlier run."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from lossctl.core.errors import GATE_FAILED, INVALID_DATA, OK, UNDECIDED, UsageError
from lossctl.core.gate import Gate
from lossctl.core.outcome import Outcome, OutcomeStatus
from lossctl.core.result import Result
from lossctl.core.spec import labels
from lossctl.core.spelling import number, option, plural
from lossctl.gates.baseline import read_baseline
from lossctl.gates.comparisons import Worse, gates_of_comparisons
from lossctl.gates.limits import known_of, read_all_limits
from lossctl.gates.results import Noise, gates_of_results, worst_of
from lossctl.gates.runs import gates_of_runs

if TYPE_CHECKING:
    from lossctl.comparison_result import Comparisons
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
        The gates of each result, or of each comparison: value, limit, verdict and a sentence.
    outcomes
        What reports for CI systems say: every gate, and every value without one.
    """

    results: tuple[Any, ...]
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    exit_code: int
    gates: tuple[tuple[Gate, ...], ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every gate is passed and every value is finite."""
        return self.exit_code == OK

    def __repr__(self) -> str:
        """Describe the verdict in a line: how many gates there are, and what failed first."""
        count = plural(sum(map(len, self.gates)), "gate")
        if self.passed:
            return f"<Verdict passed: {count}>"
        more = f" (and {len(self.failures) - 1} more)" if len(self.failures) > 1 else ""
        return f"<Verdict exit code {self.exit_code}, {count}: {self.failures[0]}{more}>"

    def __bool__(self) -> bool:
        """Whether every gate is passed, so that `assert lossctl.judge(…)` does what it says."""
        return self.passed


def judge(
    results: "Result | ObjectiveResult | Comparisons | Sequence[Result | ObjectiveResult]",
    *,
    fail_over: Any = None,
    fail_under: Any = None,
    baseline: Any = None,
    tolerance: float | str | None = None,
    undecided: str | None = None,
    fail_if_worse: bool = False,
) -> Verdict:
    """Compare results with limits, and with the results of an earlier run.

    Parameters
    ----------
    results
        What :func:`lossctl.compute`, :func:`lossctl.evaluate`, :func:`lossctl.run` or
        :func:`lossctl.compare` returned. The gates of a configuration are checked too.
    fail_over
        The greatest value that passes: a number (for one loss), ``{"focal": 0.35}``, or texts as
        the shell takes them, ``"LOSS=LIMIT"``. Parameters select one of several results of a loss,
        ``"quantile:q=0.1=0.3"``; a part of a recipe or a component of a run may be named; for these
        a number is a limit of the total. ``"mse[region=EU]=0.3"`` is a limit of a slice, with ``*``
        of each one. In place of a number, ``"90% of constant"`` is a share of the best constant
        prediction's loss; other references are ``chance`` and, of slices, ``overall``.
    fail_under
        The least value that passes, in the same ways, of metrics that are better when higher.
    baseline
        A JSON file of an earlier run, or earlier results. Losses, parameters, readings, weights and
        data must be the same.
    tolerance
        By how much a value may exceed its baseline: ``"2%"`` of it, or a number to add.
    undecided
        ``pass`` or ``fail``: gates look at the intervals of values, and what a gate comes to whose
        limit lies inside. Those of slices always do, and pass where nothing is said; others only
        where something is.
    fail_if_worse
        Of comparisons: whether a model must not be worse than the baseline by more than the margin,
        by a one-sided test.

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
        if not hasattr(result, "to_dict") or not hasattr(result, "to_frame"):
            kind = type(result).__name__
            raise UsageError(f"judge takes results of compute, run or compare, got {kind}")
    if several and hasattr(several[0], "components"):
        if fail_under is not None:
            raise UsageError(f"{option('fail_under')}: is for metrics; a run has none")
        return _verdict(several, gates_of_runs(several, fail_over, baseline, tolerance))
    noise = Noise(undecided is not None, undecided == "fail")
    if several and hasattr(several[0], "comparisons"):
        worse = Worse(fail_if_worse, undecided == "fail")
        return _of_comparisons(several, worse, fail_over, fail_under)
    limits = read_all_limits(fail_over, fail_under, known_of(several))
    earlier = read_baseline(baseline, tolerance)
    return _verdict(*gates_of_results(several, limits, earlier, noise))


def require_undecided(undecided: str | None) -> None:
    """Refuse what says neither that undecided gates pass nor that they fail."""
    if undecided not in {None, *UNDECIDED_ANSWERS}:
        raise UsageError(f"{option('undecided')} must be pass or fail, got {undecided!r}")


def _of_comparisons(
    answers: "Sequence[Comparisons]", worse: Worse, fail_over: Any, fail_under: Any
) -> Verdict:
    """Judge comparisons of models; a value that is not finite is compared with nothing."""
    gates = [
        own for each in answers for own in gates_of_comparisons(each, worse, fail_over, fail_under)
    ]
    every = [one for each in answers for one in each.comparisons]
    from lossctl.report.verdict_words import sentence  # noqa: PLC0415 - comparisons only

    status: dict[str, OutcomeStatus] = {"worse": "warning", "undecided": "undecided"}
    values = []
    for one, own in zip(every, gates, strict=True):
        name = f"{one.loss} of {one.model}"
        ungated = Outcome(name, status.get(one.verdict, "passed"), sentence(one))
        values.append(_Judged(name, one.value, own, ungated))
    return _verdict_of(answers, values)


def _verdict(results: Sequence[Any], gates: Sequence[Sequence[Gate]]) -> Verdict:
    """Judge results of one kind."""
    is_run = bool(results) and not isinstance(results[0], Result)
    if is_run:
        names = [f"{each.name}: total" if len(results) > 1 else "total" for each in results]
    else:
        names = labels(results)
    return _verdict_of(
        results,
        [
            _Judged(name, each.total if is_run else worst_of(each), own)
            for name, each, own in zip(names, results, gates, strict=True)
        ],
    )


class _Judged(NamedTuple):
    """A value, what messages call it, its gates, and what reports say of it without any."""

    name: str
    value: float
    gates: Sequence[Gate]
    ungated: Outcome | None = None


def _verdict_of(results: Sequence[Any], judged: Sequence[_Judged]) -> Verdict:
    """Return what the gates of values come to."""
    failures: list[str] = []
    notes: list[str] = []
    outcomes: list[Outcome] = []
    for one in judged:
        for gate in one.gates:
            prefix = f"{gate.group}: " if gate.group and len(judged) > 1 else ""
            outcomes.append(gate.outcome)
            if gate.fails:
                word = "failed" if gate.verdict == "failed" else "undecided"
                failures.append(f"gate {word}: {prefix}{gate.sentence()}")
            elif gate.kind in {"baseline", "comparison"} or gate.verdict == "undecided":
                notes.append(prefix + gate.sentence())
        said = f"{one.name} is {number(one.value)}"
        if not math.isfinite(one.value):
            failures.append(f"{said}: the value is not finite")
            outcomes.append(Outcome(f"{one.name} is finite", "failed", failures[-1]))
        elif not one.gates:
            outcomes.append(one.ungated or Outcome(one.name, "passed", said))
    every = [gate for one in judged for gate in one.gates]
    code = UNDECIDED if any(gate.fails for gate in every) else OK
    code = GATE_FAILED if any(gate.verdict == "failed" for gate in every) else code
    # a value that is not finite outweighs a gate: it says that the data is wrong, not the model
    code = INVALID_DATA if not all(math.isfinite(one.value) for one in judged) else code
    gates = tuple(tuple(one.gates) for one in judged)
    return Verdict(tuple(results), tuple(failures), tuple(notes), code, gates, tuple(outcomes))
