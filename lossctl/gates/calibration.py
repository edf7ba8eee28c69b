"""Gates on calibration: limits on scores and their parts."""

from collections.abc import Sequence
from typing import Any

from lossctl.calibrating import Calibration
from lossctl.calibration.decomposition import SCORES
from lossctl.core.errors import UsageError
from lossctl.core.gate import Bound, Gate, read_bound, verdict_of
from lossctl.core.spelling import did_you_mean, option
from lossctl.gates.limits import limits_by_name

PARTS = ("", ".miscalibration", ".discrimination", ".uncertainty")


def read_limits(limits: Any) -> list[tuple[str, Bound]]:
    """Read limits: a number, or by name, ``"log_loss.miscalibration=0.02"``.

    Raises
    ------
    UsageError
        For a name that is none, and a limit that is no number.
    """
    known = ["miscalibration", *(f"{name}{part}" for name in SCORES for part in PARTS)]
    read = []
    for name, text in limits_by_name(limits):
        called = name or "miscalibration"
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
        verdict = verdict_of(value, bound.number)
        gates.append(Gate(name, "limit", value, bound.number, verdict, bound.words))
    return gates
