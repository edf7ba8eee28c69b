"""Gates: limits on values and comparisons with a baseline, as exit codes for CI."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lossctl.cli.exits import GATE_FAILED, INVALID_DATA, OK
from lossctl.cli.terminal import complain
from lossctl.core.errors import DataError, UsageError
from lossctl.core.result import Result
from lossctl.core.spelling import did_you_mean
from lossctl.evaluation import Spec, resolve
from lossctl.report.text import number


class Baseline(NamedTuple):
    """Values of an earlier run, and by how much a value may exceed its own."""

    path: Path
    values: dict[str, float | None]
    amount: float
    relative: bool

    def allowed(self, one: Result) -> tuple[float, float]:
        """Return the earlier value of a loss and the greatest value that passes."""
        key = _key(one.to_dict())
        if key not in self.values:
            raise UsageError(
                f"{self.path}: has no {one.loss} with these parameters to compare with"
            )
        before = self.values[key]
        if before is None:
            raise DataError(f"{self.path}: its {one.loss} is not finite; nothing compares with it")
        return before, before + (abs(before) * self.amount if self.relative else self.amount)


def parse_limits(texts: Sequence[str], specs: Sequence[Spec]) -> dict[str, float]:
    """Read ``LIMIT`` (one loss), ``LOSS=LIMIT`` or, of a recipe, ``PART=LIMIT``.

    Returns the limit of each loss id, and of each part as RECIPE.PART.
    """
    ids = [spec.target.id for spec in specs]
    parts: dict[str, list[str]] = {}
    for spec in specs:
        for part in getattr(spec.target, "part_names", ()):
            parts.setdefault(part, []).append(spec.target.id)
    limits: dict[str, float] = {}
    for text in texts:
        name, equals, limit = text.rpartition("=")
        if not equals and len(ids) > 1:
            raise UsageError(f"--fail-over {text}: of which loss? say for example {ids[0]}={text}")
        value = finite_number(limit, f"--fail-over {text}")
        if name.strip() in parts:
            limits |= {f"{owner}.{name.strip()}": value for owner in parts[name.strip()]}
            continue
        try:
            loss_id = resolve(name).id if equals else ids[0]
        except UsageError as error:
            if parts:
                hint = did_you_mean(name, parts) or _parts_known(parts)
                raise UsageError(f"--fail-over {text}: no part {name!r}{hint}") from None
            raise UsageError(f"--fail-over {text}: {error}") from None
        if loss_id not in ids:
            hint = did_you_mean(loss_id, ids) or _parts_known(parts)
            raise UsageError(f"--fail-over {text}: {loss_id} is not computed{hint}")
        limits[loss_id] = value
    return limits


def _parts_known(parts: Mapping[str, list[str]]) -> str:
    return f"; parts are {', '.join(parts)}" if parts else ""


def read_baseline(path: Path | None, tolerance: str | None) -> Baseline | None:
    """Read an earlier JSON result and the tolerance, ``2%`` (relative) or ``0.01`` (absolute)."""
    if path is None:
        if tolerance is not None:
            raise UsageError("--tolerance is for a comparison with --baseline FILE; none was given")
        return None
    text = tolerance or "0"
    amount = finite_number(text.removesuffix("%"), f"--tolerance {text}")
    if amount < 0.0:
        raise UsageError(f"--tolerance {text}: must be at least 0")
    relative = text.endswith("%")
    return Baseline(path, _baseline_values(path), amount / 100.0 if relative else amount, relative)


def finite_number(text: str, where: str) -> float:
    """Read the number of an option; anything else, or no finite one, is an error."""
    try:
        number_read = float(text)
    except ValueError:
        number_read = math.nan
    if not math.isfinite(number_read):
        raise UsageError(f"{where}: expected a number, got {text!r}")
    return number_read


def judge(
    results: Sequence[Result], limits: dict[str, float], baseline: Baseline | None
) -> tuple[int, list[str]]:
    """Return the exit code and what failed.

    The code is 3 for a value that is not finite, 1 for a failed gate, else 0.
    """
    failures = []
    for one in results:
        value = float(np.max(one.value))
        checks = _checks(one, value, limits)
        if baseline is not None:
            before, allowed = baseline.allowed(one)
            allows = f"the baseline {number(before)} allows {number(allowed)}"
            checks.append((value <= allowed, f"{one.loss} is {number(value)}, {allows}"))
        failures += failed(checks)
        if one.status != "ok":
            failures.append(f"{one.loss} is {number(value)}: the value is not finite")
    if any(one.status != "ok" for one in results):
        return INVALID_DATA, failures
    return (GATE_FAILED if failures else OK), failures


def _checks(one: Result, value: float, limits: dict[str, float]) -> list[tuple[bool, str]]:
    """Compare a result and its parts with the limits there are."""
    checks = [at_most(one.loss, value, limits[one.loss])] if one.loss in limits else []
    values = {f"{one.loss}.{part.name}": part for part in one.parts}
    for key, limit in limits.items():
        if key in values:
            part = values[key]
            checks.append(at_most(f"{part.name} of {one.loss}", part.value, limit))
        elif key.startswith(f"{one.loss}."):
            name = key.partition(".")[2]
            raise UsageError(f"--fail-over {name}: {one.loss} has no part {name} on these inputs")
    return checks


def at_most(what: str, value: float, limit: float) -> tuple[bool, str]:
    """Return whether a value is within its limit, and what to say if not; NaN is in none."""
    if math.isnan(value):
        return False, f"{what} is nan, which passes no limit ({number(limit)})"
    return value <= limit, f"{what} is {number(value)}, over the limit {number(limit)}"


def failed(checks: Sequence[tuple[bool, str]]) -> list[str]:
    """Return what to say of the gates that failed."""
    return [f"gate failed: {text}" for passed, text in checks if not passed]


def report(failures: Sequence[str]) -> None:
    """Say on standard error which gates failed, and which values are not finite."""
    for failure in failures:
        complain(failure)


def _baseline_values(path: Path) -> dict[str, float | None]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeError:
        text = ""
    try:
        document = json.loads(text)
        values = {_key(entry): entry["value"] for entry in document["results"]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DataError(f"{path}: not a JSON result of lossctl") from None
    for value in values.values():
        real = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (real and math.isfinite(value)):
            raise DataError(f"{path}: a value is {str(value)[:20]!r}; not a JSON result of lossctl")
    return values


def _key(entry: dict[str, Any]) -> str:
    return json.dumps([entry["loss"], entry["params"], entry["reduction"]], sort_keys=True)
