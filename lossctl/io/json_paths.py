"""Values inside records: by paths (``out.scores``, ``resps[0]``, ``resps[*][0]``), or by labels.

Pipelines save the scores of an item as a list of ``{label, score}`` in an order of the item's own,
or as two lists, ``labels`` and ``scores``. Such scores are columns, one per label.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from lossctl.core.errors import DataError
from lossctl.core.spelling import some_of, visible

BARE = "value"  # the column of records that are lists or numbers
INDEX = re.compile(r"\[(-?\d+|\*)\]\.?(.*)", re.DOTALL)
ENDS = re.compile(r"[.\[]")
PAIR = {"label", "score"}


class Pairs(NamedTuple):
    """A step from a list of ``{label, score}`` to its scores by label."""


class Parallel(NamedTuple):
    """A step from a record with ``labels`` and ``scores`` to its scores by label."""


class Each(NamedTuple):
    """A step into every entry of a list."""

    steps: "Steps"


ROWS = "__index_level_0__"  # what pandas calls an index without a name in other formats
Steps: TypeAlias = tuple["str | int | Pairs | Parallel | Each", ...]
Place: TypeAlias = Callable[[int], str]


class Records:
    """What the first of many records has: its columns, and the ways to them."""

    def __init__(self, first: Any) -> None:
        """Look at the first record."""
        self._first = first
        if isinstance(first, dict):
            self.names = tuple(dict.fromkeys(_leaves(first, "")))
        else:
            self.names = tuple(_labels(first)) or (BARE,)
        self.is_scores = not isinstance(first, dict) and self.names != (BARE,)
        self._steps: dict[str, Steps | None] = {}

    def steps(self, name: str) -> Steps | None:
        """Return the way to a column; None where the first record has none."""
        if name not in self._steps:
            bare = name == BARE and not isinstance(self._first, dict) and not self.is_scores
            self._steps[name] = () if bare else _steps(self._first, name) or None
        return self._steps[name]

    def column(self, name: str) -> str:
        """Return the key of the record that the way to a column begins with."""
        steps = self.steps(name) or ("",)
        return str(steps[0])

    def expand(self, name: str) -> list[str]:
        """Return the columns of a name: those of its labels where it holds scores by label."""
        steps = self.steps(name)
        if steps and (name == "scores" or name.endswith(".scores")):
            parent = _follow(self._first, steps[:-1])
            if isinstance(parent, dict) and steps[-1] == "scores" and (found := _parallel(parent)):
                return [f"{name}.{label}" for label in _in_order(found)]
        value = self._first if steps is None else _follow(self._first, steps)
        labels = _labels(value)
        return [f"{name}.{label}" for label in labels] if labels else [name]

    def cells(
        self, rows: Sequence[Any], name: str, place: Place, kept: dict[Any, Any]
    ) -> list[Any]:
        """Return what stands in every row at the place of a column.

        `place` says where row 0, 1, … of these stands; `kept` holds what several columns share.

        Raises
        ------
        DataError
            For a row that has no such place, or scores of other labels than the first.
        """
        steps = self.steps(name)
        assert steps is not None  # noqa: S101 - columns are chosen among those there are
        if len(steps) == 1 and type(steps[0]) is str:
            key = steps[0]
            try:
                return [row[key] for row in rows]
            except (KeyError, TypeError):
                pass
        for at, step in enumerate(steps):
            if isinstance(step, Pairs | Parallel):
                prefix = steps[: at + 1]
                if prefix not in kept:
                    kept[prefix] = self._by_label(rows, prefix, place)
                rest, held = steps[at + 1 :], kept[prefix]
                return [_follow(row, rest) for row in held]
        cells = []
        for number, row in enumerate(rows):
            try:
                cells.append(_follow(row, steps))
            except (KeyError, IndexError, TypeError):
                has = f"; it has {_shown(row)}" if isinstance(row, dict) else ""
                raise DataError(f"{place(number)} has no {visible(repr(name))}{has}") from None
        return cells

    def _by_label(self, rows: Sequence[Any], steps: Steps, place: Place) -> list[dict[str, Any]]:
        """Return the scores of every row by label; all have the labels of the first record."""
        first = _follow(self._first, steps)
        found = []
        for number, row in enumerate(rows):
            try:
                scores = _follow(row, steps)
            except (KeyError, IndexError, TypeError, ValueError) as error:
                words = str(error) if type(error) is ValueError else "no scores per label"
                raise DataError(f"{place(number)} has {words}") from None
            if scores.keys() != first.keys():
                odd = sorted(map(str, scores.keys() ^ first.keys()))[0]
                word = "a" if odd in scores else "no"
                raise DataError(
                    f"{place(number)} has {word} score for {visible(repr(odd))}, unlike the first; "
                    "save the scores of every label (top_k=None)"
                )
            found.append(scores)
        return found


def is_one_document(first: bytes, rest: bytes, head: bytes, *, is_document: bool) -> bool:
    """Whether a text is one document: what begins on its first line goes on, or it is all."""
    start = first.lstrip()[:1]
    if start not in {b"[", b"{"}:
        return not first.strip() and is_document
    if not rest:
        return is_document or (start == b"[" and _holds_records(head))
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return is_document or start == b"["
    return False


def _holds_records(text: bytes) -> bool:
    """Whether an array on the only line holds objects that are not scores per label, or lists."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return True
    entry = value[0] if value else None
    return isinstance(entry, list) or (isinstance(entry, dict) and entry.keys() != PAIR)


def as_columns(document: dict[str, Any], label: str) -> dict[str, Any]:
    """Return an object of columns with a list each, from what pandas makes of a frame too.

    It writes ``{column: {index: value}}`` (``orient="columns"``, the default), or ``columns``,
    ``index`` and ``data`` (``orient="split"``); the index is one more
    column, as one saved with a table is.

    Raises
    ------
    DataError
        For columns whose rows have other indices.
    """
    if document.keys() == {"columns", "index", "data"}:
        names, rows = document["columns"], document["data"]
        if all(isinstance(row, list) and len(row) == len(names) for row in rows):
            columns = {str(name): [row[n] for row in rows] for n, name in enumerate(names)}
            return columns | {ROWS: document["index"]}
    values = list(document.values())
    if not all(isinstance(v, dict) and v and all(map(str.isdigit, v)) for v in values):
        return document
    for name, value in document.items():
        if list(value) != list(values[0]):
            raise DataError(
                f"{label}: {visible(repr(name))} has different rows from the first column"
            )
    columns = {name: list(value.values()) for name, value in document.items()}
    return columns | {ROWS: list(values[0])}


def _leaves(record: dict[str, Any], before: str) -> Iterator[str]:
    for key, value in record.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"


def _steps(value: Any, path: str) -> Steps | None:
    """Return the way along a path; keys that hold dots or brackets themselves come first."""
    if not path or isinstance(value, list):
        return _steps_in_list(value, path) if path else ()
    if not isinstance(value, dict):
        return None
    if path in value:
        return (path,)
    if path.startswith("scores.") and (label := path[7:]) in _parallel(value):
        return (Parallel(), label)
    for end in reversed([match.start() for match in ENDS.finditer(path)]):
        key, rest = path[:end], path[end:].removeprefix(".")
        if key in value and (further := _steps(value[key], rest)):
            return (key, *further)
    return None


def _steps_in_list(value: list[Any], path: str) -> Steps | None:
    if path in _labels(value):
        return (Pairs(), path)
    if match := INDEX.fullmatch(path):
        if match[1] == "*":
            inner = _steps(value[0], match[2]) if value else None
            return None if inner is None else (Each(inner),)
        number = int(match[1])
        if not -len(value) <= number < len(value):
            return None
        further = _steps(value[number], match[2])
        return None if further is None else (number, *further)
    further = _steps(value[0], path) if value and isinstance(value[0], dict) else None
    return (Each(further),) if further else None


def _follow(value: Any, steps: Steps) -> Any:
    for step in steps:
        if isinstance(step, Each):
            if type(value) is not list:
                raise TypeError
            value = [_follow(entry, step.steps) for entry in value]
        elif isinstance(step, Pairs):
            value = _scores(value)
        elif isinstance(step, Parallel):
            value = _paired(value["labels"], value["scores"])
        elif type(step) is int and type(value) is not list:
            raise TypeError
        else:
            value = value[step]
    return value


def _labels(value: Any) -> list[str]:
    """Return the labels of a list of ``{label, score}`` in the order of the columns, else none."""
    if not isinstance(value, list) or not value:
        return []
    if not all(isinstance(entry, dict) and entry.keys() == PAIR for entry in value):
        return []
    try:
        return _in_order(_scores(value))
    except (TypeError, ValueError):
        return []


def _parallel(record: dict[str, Any]) -> dict[str, Any]:
    """Return the scores of a record with ``labels`` and ``scores`` by label, else none."""
    labels, scores = record.get("labels"), record.get("scores")
    if not isinstance(labels, list) or not isinstance(scores, list) or len(labels) < 2:
        return {}
    if len(labels) != len(scores) or not all(isinstance(label, str) for label in labels):
        return {}
    return {} if len({*labels}) < len(labels) else dict(zip(labels, scores, strict=True))


def _scores(entries: Any) -> dict[str, Any]:
    if type(entries) is not list:
        raise TypeError
    return _paired([entry["label"] for entry in entries], [entry["score"] for entry in entries])


def _paired(labels: Any, scores: Any) -> dict[str, Any]:
    found = dict(zip(labels, scores, strict=True))
    if len(found) < len(labels):
        again = next(label for label in labels if labels.count(label) > 1)
        raise ValueError(f"two scores for {visible(repr(again))}")
    if not all(type(label) is str for label in found):
        raise TypeError
    return found


def _in_order(labels: Any) -> list[str]:
    """Order labels: by their number where they differ in nothing else, otherwise as text."""
    split = [re.fullmatch(r"(.*?)(\d{1,18})", label) for label in labels]
    if all(split) and len({match[1] for match in split if match}) == 1:
        return sorted(labels, key=lambda label: int(re.findall(r"\d+", label)[-1]))
    return sorted(labels)


def _shown(keys: Any) -> str:
    names = list(keys)
    return some_of(names, 8) if names else "(none)"
