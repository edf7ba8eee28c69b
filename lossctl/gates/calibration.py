"""Gates on calibration: limits on scores and their parts."""

from collections.abc import Sequence
from typing import Any

from lossctl.calibrating import Calibration
from lossctl.calibration.decomposition import SCORES
from lossctl.core.errors import UsageError
from lossctl.core.gate import Bound, Gate, read_bound, verdict_of
from lossctl.core.spelling import did_you_mean, option
from lossctl.forecasts import ForecastCalibration
from lossctl.gates.limits import limits_by_name

PARTS = ("", ".miscalibration", ".discrimination", ".uncertainty")


OF_FORECASTS = ("coverage_error", "score")


def read_limits(limits: Any, *, of_forecasts: bool = False) -> list[tuple[str, Bound]]:
    """Read limits: a number, or by name, ``"log_loss.miscalibration=0.02"``.

    Those of forecasts are of their coverage error, or of their score.

    Raises
    ------
    UsageError
        For a name that is none, and a limit that is no number.
    """
    of_scores = ["miscalibration", *(f"{name}{part}" for name in SCORES for part in PARTS)]
    known = OF_FORECASTS if of_forecasts else of_scores
    read = []
    for name, text in limits_by_name(limits):
        called = name or known[0]
        if called not in known:
            hint = did_you_mean(called, known)
            raise UsageError(
                f"{option('fail_over')} {called}: limits are of {', '.join(known)}{hint}"
            )
        bound = read_bound(text, f"{option('fail_over')} {called}")
        if bound.reference is not None:
            raise UsageError(f"{option('fail_over')} {called}: expected a number, got {text!r}")
        read.append((called, bound))
    return read


def gates_of(found: Calibration, limits: Sequence[tuple[str, Bound]]) -> list[Gate]:
    """Return what the limits come to; a value that is not known passes none."""
    gates = []
    for name, bound in limits:
        score, _, part = name.rpartition(".") if name != "miscalibration" else ("brier", "", name)
        parts = found.scores[score or name]
        value = float(getattr(parts, part if score else "value"))
        gates.append(_gate(name, value, bound))
    return gates


def gates_of_forecasts(
    found: ForecastCalibration, limits: Sequence[tuple[str, Bound]]
) -> list[Gate]:
    """Return what the limits come to."""
    return [_gate(name, float(getattr(found, name)), bound) for name, bound in limits]


def _gate(name: str, value: float, bound: Bound) -> Gate:
    verdict = verdict_of(value, bound.number)
    return Gate(name, "limit", value, bound.number, verdict, bound.words)
