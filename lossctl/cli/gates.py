"""Gates: limits on values and comparisons with a baseline, as exit codes for CI."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.cli.exits import GATE_FAILED, INVALID_DATA, OK
from lossctl.cli.recipes import known
from lossctl.cli.terminal import complain
from lossctl.core.errors import DataError, UsageError
from lossctl.core.result import Result
from lossctl.core.spelling import did_you_mean
from lossctl.losses.catalogue import resolve
from lossctl.report.text import number


@dataclass(frozen=True)
class Baseline:
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


def parse_limits(texts: Sequence[str], names: Sequence[str]) -> dict[str, float]:
    """Read ``LIMIT`` (one loss) or ``LOSS=LIMIT``; return the limit of each loss id."""
    ids = [known(name) or resolve(name) for name in names]
    limits: dict[str, float] = {}
    for text in texts:
        name, equals, limit = text.rpartition("=")
        if not equals and len(ids) > 1:
            raise UsageError(f"--fail-over {text}: of which loss? say for example {ids[0]}={text}")
        try:
            loss_id = (known(name) or resolve(name)) if equals else ids[0]
        except UsageError as error:
            raise UsageError(f"--fail-over {text}: {error}") from None
        if loss_id not in ids:
            hint = did_you_mean(loss_id, ids)
            raise UsageError(f"--fail-over {text}: {loss_id} is not computed{hint}")
        limits[loss_id] = finite_number(limit, f"--fail-over {text}")
    return limits


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
        limit = limits.get(one.loss, math.inf)
        if not value <= limit:  # so that NaN never passes
            failures.append(f"{one.loss} is {number(value)}, over the limit {number(limit)}")
        if baseline is not None:
            before, allowed = baseline.allowed(one)
            if not value <= allowed:
                failures.append(
                    f"{one.loss} is {number(value)}, the baseline {number(before)} allows "
                    f"{number(allowed)}"
                )
    if any(one.status != "ok" for one in results):
        return INVALID_DATA, failures
    return (GATE_FAILED if failures else OK), failures


def report(failures: Sequence[str]) -> None:
    """Say on standard error which gates failed."""
    for failure in failures:
        complain(f"gate failed: {failure}")


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
