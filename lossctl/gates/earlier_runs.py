"""Earlier runs as baselines: the same objective on the same data, or an error that says why."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lossctl.core.errors import DataError, UsageError
from lossctl.core.spec import Amount
from lossctl.core.spelling import option, some_of, visible
from lossctl.gates.baseline import read_tolerance, require_tolerance_has_baseline
from lossctl.io.streams import MAX_JSON, parse_json, read_document

if TYPE_CHECKING:
    from lossctl.objective.objective_result import ObjectiveResult

# What decides the value of a component beside its data, and beside its own values that of the total
OF_COMPONENTS = ("loss", "params", "formula", "semantics", "implication", "penalty", "quantifier")
OF_TOTALS = ("weight", "scale")
COUNTS = ("items", "ignored", "omitted")


class EarlierRun(NamedTuple):
    """Documents of an earlier run, and by how much the total may exceed its own."""

    label: str
    documents: Sequence[Mapping[str, Any]]
    tolerance: Amount

    def value_of(self, result: "ObjectiveResult", name: str) -> float:
        """Return the earlier value of the total, or of a component.

        Raises
        ------
        UsageError
            For another objective: other components, losses, parameters, readings or weights.
        DataError
            For other data, and an earlier value that is not finite.
        """
        before, now = self._document(result), result.to_dict()
        earlier = {each["name"]: each for each in before["components"]}
        current = {each["name"]: each for each in now["components"]}
        if name == "total":
            if list(earlier) != list(current):
                raise UsageError(
                    f"{self.label}: has other components: baseline {some_of(earlier)}, now "
                    f"{some_of(current)}"
                )
            if before.get("normalize") != now["normalize"]:
                raise UsageError(
                    f"{self.label}: was computed differently: baseline normalize:"
                    f"{before.get('normalize')}, now normalize:{now['normalize']}"
                )
        elif name not in earlier:
            raise UsageError(f"{self.label}: has no {name}; it has {some_of(earlier)}")
        is_total = name == "total"
        settings = [*OF_COMPONENTS, *(OF_TOTALS if is_total else ())]
        for each in current if is_total else [name]:
            self._require_same(earlier[each], current[each], settings)
        value = before["total"] if name == "total" else earlier[name]["raw"]
        if value is None:
            raise DataError(f"{self.label}: its {name} is not finite and cannot be a baseline")
        return float(value)

    def _document(self, result: "ObjectiveResult") -> Mapping[str, Any]:
        named = [each for each in self.documents if each["name"] == result.name]
        if named or len(self.documents) == 1:
            return (named or self.documents)[0]
        names = some_of([each["name"] for each in self.documents])
        raise UsageError(f"{self.label}: has no document {visible(result.name)}; it has {names}")

    def _require_same(
        self, before: Mapping[str, Any], now: Mapping[str, Any], settings: Sequence[str]
    ) -> None:
        """Refuse a component of other settings or other data."""
        old = {name: before.get(name) for name in settings} | _reading(before)
        new = {name: now.get(name) for name in settings} | _reading(now)
        for name in new:
            if old.get(name) != new[name]:
                raise UsageError(
                    f"{self.label}: its {now['name']} was computed differently: baseline "
                    f"{name}:{_shown(old.get(name))}, now {name}:{_shown(new[name])}"
                )
        data = _data(before)
        for name, value in _data(now).items():
            if data.get(name) != value:
                raise DataError(
                    f"{self.label}: its {now['name']} was computed on other data: baseline {name} "
                    f"{data.get(name) or 'none'}, now {value or 'none'}; give the same rows in the "
                    "same order"
                )


def _data(component: Mapping[str, Any]) -> dict[str, Any]:
    """Return what tells data apart: how many items count, and digests where there are any."""
    return {name: component.get(name) for name in COUNTS} | dict(component.get("data", {}))


def _reading(component: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the inputs of a supervised component were read: what its signature says of it."""
    parts = [part.partition(":") for part in component.get("signature", "").split("|")]
    return {name: value for name, _, value in parts if name not in {"n", "lossctl"} and value}


def _shown(value: Any) -> str:
    return visible("none" if value is None else str(value))


def read_earlier_run(baseline: Any, tolerance: Any = None) -> EarlierRun | None:
    """Read an earlier run: a JSON file of `lossctl run`, or results of :func:`lossctl.run`.

    Raises
    ------
    UsageError
        For a file that cannot be read, and a tolerance that is none.
    DataError
        For a file that is no JSON result of a run.
    """
    if baseline is None:
        require_tolerance_has_baseline(tolerance)
        return None
    allowed = read_tolerance(tolerance)
    if isinstance(baseline, str | Path):
        return EarlierRun(str(baseline), _documents_in(Path(baseline)), allowed)
    several = list(baseline) if isinstance(baseline, Sequence) else [baseline]
    if not all(hasattr(each, "components") for each in several):
        kind = type(baseline).__name__
        raise UsageError(f"{option('baseline')}: must be a file or results of run, got {kind}")
    documents = [each.to_dict() for each in several]
    return EarlierRun("the baseline", documents, allowed)


def _documents_in(path: Path) -> list[dict[str, Any]]:
    text = read_document(path, "result", MAX_JSON, DataError)
    try:
        documents: list[dict[str, Any]] = parse_json(text)
        if len(documents) == 1 and "documents" in documents[0]:
            documents = list(documents[0]["documents"])
        known = bool(documents) and all(map(_is_document, documents))
    except DataError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        known = False
    if not known:
        raise DataError(f"{path}: not a JSON result of lossctl run")
    return documents


def _is_document(document: Mapping[str, Any]) -> bool:
    """Whether it has whatever is looked up later; what has other types raises here."""
    parts = document["components"]
    names = [document["name"], *(str.strip(each["name"]) for each in parts)]
    known = [(_reading(each), _data(each)) for each in parts]
    numbers = [document["total"], *(each["raw"] for each in parts)]
    return isinstance(names[0], str) and bool(known) and all(map(_is_number, numbers))


def _is_number(value: Any) -> bool:
    """Whether a value of a document is a number, or null for one that is not finite."""
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
