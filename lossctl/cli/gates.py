"""Gates: limits on values and comparisons with a baseline, as exit codes for CI."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.cli.terminal import complain
from lossctl.core.errors import DataError, UsageError
from lossctl.core.result import Result
from lossctl.core.spelling import did_you_mean
from lossctl.losses.catalogue import resolve
from lossctl.report.text import number

OK, GATE_FAILED, NOT_FINITE = 0, 1, 3


def parse_limits(texts: Sequence[str], names: Sequence[str]) -> dict[str, float]:
    """Read ``LIMIT`` (one loss) or ``LOSS=LIMIT``; return the limit of each loss id."""
    ids = [resolve(name) for name in names]
    limits: dict[str, float] = {}
    for text in texts:
        name, equals, limit = text.rpartition("=")
        if not equals and len(ids) > 1:
            raise UsageError(f"--fail-over {text}: of which loss? say for example {ids[0]}={text}")
        loss_id = resolve(name) if equals else ids[0]
        if loss_id not in ids:
            raise UsageError(
                f"--fail-over {text}: {loss_id} is not computed{did_you_mean(loss_id, ids)}"
            )
        limits[loss_id] = _finite(limit, f"--fail-over {text}")
    return limits


def parse_tolerance(text: str) -> tuple[float, bool]:
    """Read ``2%`` (relative) or ``0.01`` (absolute): the number, and whether it is relative."""
    relative = text.endswith("%")
    amount = _finite(text.removesuffix("%"), f"--tolerance {text}")
    if amount < 0.0:
        raise UsageError(f"--tolerance {text}: must be at least 0")
    return (amount / 100.0 if relative else amount), relative


def _finite(text: str, where: str) -> float:
    try:
        number_read = float(text)
    except ValueError:
        number_read = math.nan
    if not math.isfinite(number_read):
        raise UsageError(f"{where}: expected a number, got {text!r}")
    return number_read


def judge(
    results: Sequence[Result],
    limits: dict[str, float],
    baseline: Path | None,
    tolerance: tuple[float, bool],
) -> int:
    """Return the exit code: 3 for a value that is not finite, 1 for a failed gate, else 0."""
    failures = []
    known = _baseline_values(baseline) if baseline is not None else {}
    for one in results:
        value = float(np.max(one.value))
        limit = limits.get(one.loss, math.inf)
        if not value <= limit:  # so that NaN never passes
            failures.append(f"{one.loss} is {number(value)}, over the limit {number(limit)}")
        if baseline is not None:
            failures += _compare(one, value, known, baseline, tolerance)
    for failure in failures:
        complain(f"gate failed: {failure}")
    if any(one.status != "ok" for one in results):
        return NOT_FINITE
    return GATE_FAILED if failures else OK


def _compare(
    one: Result, value: float, known: dict[str, Any], baseline: Path, tolerance: tuple[float, bool]
) -> list[str]:
    key = _key(one.to_dict())
    if key not in known:
        raise UsageError(f"{baseline}: has no {one.loss} with these parameters to compare with")
    before = known[key]
    if before is None:
        raise DataError(
            f"{baseline}: its {one.loss} is not finite; nothing can be compared with it"
        )
    amount, relative = tolerance
    allowed = before + (abs(before) * amount if relative else amount)
    if value <= allowed:
        return []
    return [
        f"{one.loss} is {number(value)}, the baseline {number(before)} allows {number(allowed)}"
    ]


def _baseline_values(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {_key(entry): entry["value"] for entry in document["results"]}
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{path}: not a JSON result of lossctl") from None


def _key(entry: dict[str, Any]) -> str:
    return json.dumps([entry["loss"], entry["params"], entry["reduction"]], sort_keys=True)
