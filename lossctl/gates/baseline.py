"""Earlier results as a baseline: the same measurement of the same data, or an error that says why.

Two results are comparable when everything that decides a value is the same (loss, parameters,
reading, weighting) and both know that they are of the same rows.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lossctl.core.errors import DataError, UsageError
from lossctl.core.gate import verdict_of
from lossctl.core.options import OPTIONS
from lossctl.core.result import Result
from lossctl.core.spec import Amount, amount, param
from lossctl.core.spelling import option, some_of, visible
from lossctl.io.streams import MAX_JSON, parse_json, read_document

if TYPE_CHECKING:  # most baselines are compared without intervals
    from lossctl.uncertainty.intervals import Interval
    from lossctl.uncertainty.paired import Difference


@dataclass(frozen=True)
class Comparison:
    """A value beside the one of an earlier run.

    Attributes
    ----------
    value
        The earlier value.
    difference
        This value less the earlier one.
    allowed
        The greatest value that passes; the least where more is better.
    verdict
        better, equivalent (not beyond what is allowed) or worse.
    """

    value: float
    difference: float
    allowed: float
    verdict: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data."""
        difference = self.difference if math.isfinite(self.difference) else None
        return vars(self) | {"difference": difference}


class Baseline(NamedTuple):
    """Results of an earlier run, and by how much a value may exceed its own."""

    label: str
    entries: Sequence[Mapping[str, Any]]
    tolerance: Amount

    def unpaired(self, result: Result) -> "tuple[Difference, float] | None":
        """Return the difference from the earlier result with its noise, and its confidence.

        None where one of the two has no interval. How the losses of the two on the same row go
        together, an earlier result does not say: they are taken for independent, and the interval
        is wider than that of a comparison of the predictions.
        """
        entry = self._entry_of(result)
        before, now = entry.get("interval"), result.interval
        if not isinstance(before, list) or now is None or entry["value"] is None:
            return None
        from lossctl.uncertainty.paired import unpaired_difference  # noqa: PLC0415 - as asked

        first = _interval(entry["value"], before, entry["confidence"], entry["units"])
        value = float(result.value)
        second = _interval(value, (now.low, now.high), now.confidence, now.units)
        return unpaired_difference(first, second), now.confidence

    def compare(self, result: Result, value: float) -> Comparison:
        """Return the comparison with the earlier result of the same loss on the same data.

        Raises
        ------
        UsageError
            When there is none of this loss, or only with other parameters, readings or weights.
        DataError
            When it is of other data, or not finite.
        """
        entry = self._entry_of(result)
        before = entry["value"]
        if before is None:
            why = "has one value per item" if entry["reduction"] == "none" else "is not finite"
            raise DataError(f"{self.label}: its {result.loss} {why} and cannot be a baseline")
        self._require_same_data(entry, result)
        higher = result.higher_is_better
        # a negative value may rise too, towards 0
        room = self.tolerance.of(before)
        allowed = before - room if higher else before + room
        is_better = value > before if higher else value < before
        passes = verdict_of(value, allowed, at_least=higher) == "passed"
        verdict = "better" if is_better else "equivalent" if passes else "worse"
        return Comparison(float(before), value - before, float(allowed), verdict)

    def value_of(self, result: Result, part: str, where: str) -> float:
        """Return the earlier value of a result, or of one of its classes, parts or slices.

        Raises
        ------
        UsageError
            When the earlier result has no such part; `where` says which limit asks for it.
        """
        self.compare(result, math.nan)  # of the same loss on the same data
        entry = self._entry_of(result)
        if not part:
            return float(entry["value"])
        values = {f"{one['by']}={one['slice']}": one["value"] for one in entry.get("slices", ())}
        values |= {one["name"]: one["value"] for one in entry.get("parts", ())}
        for one in entry.get("classes", ()):
            values |= {f"class.{name}": one["value"] for name in (one["index"], one["name"])}
        known = {visible(str(name)): value for name, value in values.items() if value is not None}
        if part not in known:
            hint = f"; it has {some_of(known)}" if known else ""
            raise UsageError(f"{where}: {self.label} has no {part} of {result.loss}{hint}")
        return float(known[part])

    def _entry_of(self, result: Result) -> Mapping[str, Any]:
        """Return the entry with the reading of a result; complain of the one that is nearest."""
        of_loss = [entry for entry in self.entries if _id_of(entry) == result.loss]
        if not of_loss:
            losses = some_of(dict.fromkeys(map(_id_of, self.entries)))
            raise UsageError(
                f"{self.label}: has no result of {result.loss} to compare with; it has {losses}"
            )
        if not all(entry.get("data") for entry in of_loss):
            raise UsageError(
                f"{self.label}: holds no digest of its data (a result of an older version?); write "
                "the baseline again with this version"
            )
        now = _reading(result.to_dict())
        differences = [_differences(_reading(entry), now) for entry in of_loss]
        fewest = min(differences, key=len)  # the nearest entry is the one that is meant
        if fewest:
            raise UsageError(
                f"{self.label}: its {result.loss} was computed differently: {'; '.join(fewest)}"
            )
        return of_loss[differences.index(fewest)]

    def _require_same_data(self, entry: Mapping[str, Any], result: Result) -> None:
        before, now = dict(entry["data"]), dict(result.data)
        for whose, data in ((f"{self.label}: its {result.loss}", before), (result.loss, now)):
            if missing := [name for name, digest in data.items() if digest is None]:
                raise UsageError(
                    f"{whose}: there is no digest of {missing[0]}; compute the result with "
                    f"{option('context', value=True)}"
                )
        before["items"], now["items"] = entry.get("items"), result.items
        for name in before | now:
            if (old := before.get(name)) != (new := now.get(name)):
                raise DataError(
                    f"{self.label}: its {result.loss} was computed on other data: baseline {name} "
                    f"{old or 'none'}, now {new or 'none'}; give the same rows in the same order"
                )


def read_baseline(baseline: Any, tolerance: float | str | None = None) -> Baseline | None:
    """Read earlier results and a tolerance, ``2%`` (relative) or ``0.01`` (absolute).

    Raises
    ------
    UsageError
        For a file that cannot be read, and a tolerance that is none.
    DataError
        For a file that is no JSON result.
    """
    if baseline is None:
        require_tolerance_has_baseline(tolerance)
        return None
    if isinstance(baseline, Baseline):
        return baseline
    allowed = read_tolerance(tolerance)
    return Baseline(*_entries_of(baseline), allowed)


def read_tolerance(tolerance: Any) -> Amount:
    """Read a tolerance; none is 0."""
    text = "0" if tolerance is None else str(tolerance)
    return amount(text, f"{option('tolerance')} {text}")


def require_tolerance_has_baseline(tolerance: Any) -> None:
    """Refuse a tolerance of nothing."""
    if tolerance is not None:
        raise UsageError(f"{option('tolerance')}: needs a baseline to compare with; none was given")


def _entries_of(baseline: Any) -> tuple[str, list[dict[str, Any]]]:
    if isinstance(baseline, Result):
        return "the baseline", [baseline.to_dict()]
    if isinstance(baseline, str | Path):
        return str(baseline), _entries_in(Path(baseline))
    if isinstance(baseline, Sequence) and all(isinstance(result, Result) for result in baseline):
        return "the baseline", [result.to_dict() for result in baseline]
    kind = type(baseline).__name__
    raise UsageError(f"{option('baseline')}: must be a file, a result or several, got {kind}")


def _entries_in(path: Path) -> list[dict[str, Any]]:
    text = read_document(path, "result", MAX_JSON, DataError)
    try:
        entries: list[dict[str, Any]] = _results_in(text)
        for entry in entries:
            _require_number(entry["value"], path)
            # whatever a result has is looked up once, so that a foreign file fails here by name
            dict(entry.get("data", ()), loss=str.strip(_id_of(entry)), reading=_reading(entry))
    except DataError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DataError(f"{path}: not a JSON result of lossctl") from None
    return entries


def _id_of(entry: Mapping[str, Any]) -> str:
    """Return the id of the loss, or of the metric."""
    found: str = entry["metric"] if entry.get("kind") == "metric" else entry["loss"]
    return found


def _require_number(value: Any, path: Path) -> None:
    real = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (real and math.isfinite(value)):
        raise DataError(f"{path}: a value is {str(value)[:20]!r}; not a JSON result of lossctl")


def _results_in(text: str) -> list[dict[str, Any]]:
    """Return the results of a JSON document, or of JSON lines."""
    entries = parse_json(text)
    if len(entries) == 1 and "results" in entries[0]:
        entries = list(entries[0]["results"])
    if not entries:
        raise ValueError("no results")
    return entries


def _reading(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return everything beside the data that decides a value, by name, in words."""
    read = {name: entry["input"][name] for name in ("task", "targets") if name in entry["input"]}
    fields = {
        **entry["params"],
        "input": entry["input"]["kind"],
        **{name: value for name, value in entry.get("options", {}).items() if name != "task"},
        **read,
        "reduction": entry["reduction"],
    }
    return {str(name): param(value) for name, value in fields.items()}


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Say in which settings two results differ."""
    differences = []
    for name in {**before, **now}:
        default = param(OPTIONS[name].default) if name in OPTIONS else "none"
        old, new = before.get(name, default), now.get(name, default)
        if old != new:
            differences.append(f"baseline {name}:{old}, now {name}:{new}")
    return differences


def _interval(value: float, limits: Sequence[float], confidence: float, units: int) -> "Interval":
    """Return the interval of a result, with the standard error that made it."""
    from lossctl.uncertainty.distributions import t_quantile  # noqa: PLC0415 - as asked
    from lossctl.uncertainty.intervals import Interval  # noqa: PLC0415

    low, high = limits
    half = max(value - low, high - value)  # where one end is that of the range, the other tells
    error = half / t_quantile(0.5 + confidence / 2.0, units - 1)
    return Interval(value, low, high, confidence, error, units - 1, units, "t")
