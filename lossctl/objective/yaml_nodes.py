"""YAML with places: every entry knows its file, line and column, and nothing unsafe is read.

Events of PyYAML's parser are built into plain nodes: no aliases, no anchors, no tags, no duplicate
keys, bounded size, depth and number. Scalars follow the core schema of YAML 1.2: ``1e-3`` is a
number, ``no`` is text.
"""

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import yaml

from lossctl.core.errors import DataError, LossctlError, PlacedError, SeveralError, UsageError
from lossctl.core.spelling import some_of, visible
from lossctl.io.streams import read_document

MAX_DEPTH = 32
MAX_NODES = 20_000
LONGEST_NUMBER = 64

INTEGER = re.compile(r"[-+]?[0-9]+\Z", re.ASCII)
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z", re.ASCII)
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)\Z", re.ASCII)
WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True)
class Place:
    """Where something stands; lines and columns count from 1, or are 0 where there is no text."""

    file: Path
    line: int = 1
    column: int = 1
    label: str = ""

    @property
    def is_in_file(self) -> bool:
        """Whether it is a line of a file, and not of the command line or of Python."""
        return bool(self.line) and not self.label

    def __str__(self) -> str:
        if self.label.startswith("--") or not self.line:
            return self.label
        return f"{self.label or visible(str(self.file))}:{self.line}:{self.column}"

    @property
    def folder(self) -> Path:
        """The folder that paths written here are relative to."""
        return self.file.parent


class PlacedText(str):
    """A text that knows where it was written."""

    __slots__ = ("place",)
    place: Place

    def __new__(cls, text: str, place: Place) -> "PlacedText":
        """Attach the place."""
        word = super().__new__(cls, text)
        word.place = place
        return word


@dataclass(frozen=True)
class YamlScalar:
    """One value: null, true, false, a number or a text."""

    value: Any
    place: Place


@dataclass(frozen=True)
class YamlList:
    """A list."""

    entries: tuple["YamlNode", ...]
    place: Place


@dataclass(frozen=True)
class YamlMapping:
    """A mapping from names to nodes, and where each name stands."""

    entries: Mapping[str, "YamlNode"]
    places: Mapping[str, Place]
    place: Place


YamlNode: TypeAlias = YamlScalar | YamlList | YamlMapping


class PlacedDict(dict[str, Any]):
    """The values of a mapping, and where it stands."""

    def __init__(self, values: Mapping[str, Any], place: Place | None) -> None:
        """Copy the values."""
        super().__init__(values)
        self.place = place


class ConfigurationError(UsageError):
    """A mistake of a configuration, which begins with its place."""


def refusal(place: Place, problem: str) -> ConfigurationError:
    """Return a configuration error at a place."""
    return ConfigurationError(f"{place}: {problem}")


def refuse(place: Place, problem: str) -> NoReturn:
    """Raise a configuration error at a place."""
    raise refusal(place, problem)


def placed(error: LossctlError, place: Place, what: str = "") -> LossctlError:
    """Return the error with the place (and what it concerns) before its message."""
    prefix = f"{place}: {what}"
    if isinstance(error, PlacedError):
        return error.after(prefix)
    kind = DataError if isinstance(error, DataError) else ConfigurationError
    return kind(prefix + str(error))


@contextmanager
def errors_at(place: Place, name: str = "") -> Iterator[None]:
    """Put a place, and the name of what stands there, before the errors of the block."""
    try:
        yield
    except (ConfigurationError, SeveralError):
        raise
    except LossctlError as error:
        if str(error).startswith(str(place)):  # a block inside has said where already
            raise
        raise placed(error, place, f"{visible(name)}: " if name else "") from None


def read_documents(path: Path, kind: str = "configuration") -> list[YamlNode]:
    """Read the documents of a YAML file, whose size is bounded as all else of it.

    Raises
    ------
    UsageError
        For what cannot be read, and as :func:`parse_documents`.
    """
    return parse_documents(read_document(path, kind), path)


def parse_documents(text: str, path: Path, label: str = "") -> list[YamlNode]:
    """Parse the documents of a file.

    Raises
    ------
    UsageError
        With file, line and column, for what is no YAML or no YAML that is read here.
    """
    start = Place(path, label=label)
    builder = _Builder(path, label)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
    except LossctlError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = builder.at(mark) if mark else start
        problem = " ".join(str(error.problem or error.context).split())
        refuse(where, f"not valid YAML: {visible(problem)[:200]}{_hint(problem)}")
    except yaml.YAMLError as error:
        where = _place_in_text(text, getattr(error, "position", 0), path, label)
        letter = getattr(error, "character", "")
        code = letter if isinstance(letter, int) else ord(letter or " ")
        refuse(where, f"not valid YAML: the character U+{code:04X} is not allowed")
    except (ValueError, KeyError, AttributeError, RecursionError, IndexError, TypeError):
        refuse(start, "not valid YAML")
    return builder.documents


def _place_in_text(text: str, position: int, path: Path, label: str) -> Place:
    before = text[:position]
    return Place(path, before.count("\n") + 1, position - before.rfind("\n"), label)


def _hint(problem: str) -> str:
    if "cannot start any token" in problem:
        return " (tabs do not indent; text with special characters needs quotes)"
    if "mapping values are not allowed" in problem:
        return " (text that holds ': ' needs quotes)"
    return ""


@dataclass
class _OpenNode:
    """A list or mapping whose end has not come yet."""

    place: Place
    entries: Any
    places: dict[str, Place] | None = None
    key: str | None = None


@dataclass
class _Builder:
    """Builds nodes from events, holding no more than the path to the current one."""

    path: Path
    label: str
    documents: list[YamlNode] = field(default_factory=list)
    stack: list[_OpenNode] = field(default_factory=list)
    count: int = 0
    has_content: bool = False

    def at(self, mark: Any) -> Place:
        return Place(self.path, mark.line + 1, mark.column + 1, self.label)

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.DocumentStartEvent:
            self.has_content = False
        elif kind is yaml.DocumentEndEvent and not self.has_content:
            refuse(self.at(event.start_mark), "the document is empty")
        if not isinstance(event, yaml.NodeEvent):
            self.close(kind)
            return
        place = self.at(event.start_mark)
        self.check(event, place)
        if kind is yaml.ScalarEvent:
            self.add(self.scalar(event, place), place)
        elif kind is yaml.SequenceStartEvent:
            self.open(_OpenNode(place, []))
        else:
            self.open(_OpenNode(place, {}, {}))

    def check(self, event: Any, place: Place) -> None:
        self.count += 1
        if isinstance(event, yaml.AliasEvent):
            refuse(place, f"aliases (*{event.anchor}) are not read; write the value out")
        if event.anchor is not None:
            refuse(place, f"anchors (&{event.anchor}) are not read; write the value out")
        if event.tag is not None:
            refuse(place, f"tags ({visible(event.tag)[:60]}) are not read; remove it")
        if self.count > MAX_NODES:
            refuse(place, f"more than {MAX_NODES} entries")

    def open(self, node: _OpenNode) -> None:
        if self.stack and self.stack[-1].places is not None and self.stack[-1].key is None:
            refuse(node.place, "a key must be a plain name")
        if len(self.stack) >= MAX_DEPTH:
            refuse(node.place, f"nested more than {MAX_DEPTH} levels deep")
        self.stack.append(node)

    def close(self, kind: type) -> None:
        if kind is yaml.SequenceEndEvent:
            node = self.stack.pop()
            self.add(YamlList(tuple(node.entries), node.place), node.place)
        elif kind is yaml.MappingEndEvent:
            node = self.stack.pop()
            self.add(YamlMapping(node.entries, node.places or {}, node.place), node.place)

    def add(self, node: YamlNode, place: Place) -> None:
        """Put a finished node where it belongs."""
        if not self.stack:
            self.has_content = True
            self.documents.append(node)
            return
        parent = self.stack[-1]
        if parent.places is None:
            parent.entries.append(node)
        elif parent.key is None:
            parent.key = self.name(node, parent, place)
            parent.places[parent.key] = place
        else:
            parent.entries[parent.key] = node
            parent.key = None

    def name(self, node: YamlNode, parent: _OpenNode, place: Place) -> str:
        value = node.value if isinstance(node, YamlScalar) else None
        if isinstance(value, bool | float) or value is None:
            refuse(place, f"a key must be a plain name, got {_shown(value)}")
        key = str(value)
        if key in parent.places:  # type: ignore[operator]
            first = parent.places[key]  # type: ignore[index]
            refuse(place, f"{visible(key)} is given twice; first on line {first.line}")
        if key == "<<":
            refuse(place, "merge keys (<<) are not read; use extends")
        return key

    def scalar(self, event: Any, place: Place) -> YamlScalar:
        return YamlScalar(
            event.value if not event.implicit[0] else plain(event.value, place), place
        )


def plain(text: str, place: Place) -> Any:
    """Return what an unquoted scalar stands for."""
    if text in WORDS:
        return WORDS[text]
    if INTEGER.match(text) or FLOAT.match(text):
        if len(text) > LONGEST_NUMBER:
            refuse(place, f"a number of {len(text)} characters")
        number = int(text) if INTEGER.match(text) else float(text)
        if not math.isfinite(float(number)):  # 1e999 is spelled right, and inf
            refuse(place, f"{text} is beyond the range of floating point")
        return number
    if NOT_FINITE.match(text):
        refuse(place, f"{text} is not a finite number")
    return text


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)


def as_plain(node: YamlNode) -> Any:
    """Return the values of a node without their places."""
    if isinstance(node, YamlScalar):
        return node.value
    if isinstance(node, YamlList):
        return [as_plain(entry) for entry in node.entries]
    return {name: as_plain(entry) for name, entry in node.entries.items()}


def node_of(
    value: Any, place: Place, depth: int = 0, count: "Iterator[int] | None" = None
) -> YamlNode:
    """Return Python data as a node whose entries are placed by the paths of their keys.

    Depth and number are bounded as in a file: a list that is in itself has no end, and lists that
    stand in each other many times have nearly none.
    """
    count = count or itertools.count(1)
    if next(count) > MAX_NODES:
        refuse(place, f"more than {MAX_NODES} entries")
    if depth > MAX_DEPTH:
        refuse(place, f"nested more than {MAX_DEPTH} levels deep")

    def inner(key: str, entry: Any) -> YamlNode:
        inside = f"{place.label}{key}" if place.label != place.file.name else key.lstrip(".")
        return node_of(entry, replace(place, label=inside), depth + 1, count)

    value = value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value
    if isinstance(value, Mapping):
        entries = {str(name): inner(f".{name}", entry) for name, entry in value.items()}
        return YamlMapping(entries, {name: entry.place for name, entry in entries.items()}, place)
    if isinstance(value, list | tuple):
        listed = (inner(f"[{number}]", entry) for number, entry in enumerate(value))
        return YamlList(tuple(listed), place)
    if isinstance(value, Path):
        return YamlScalar(str(value), place)
    if value is None or isinstance(value, str | bool | int | float):
        return YamlScalar(value, place)
    refuse(place, f"must be plain data, got {type(value).__name__}")


def with_places(node: YamlNode) -> Any:
    """Return the values of a node; its texts and mappings keep their places."""
    if isinstance(node, YamlScalar):
        return PlacedText(node.value, node.place) if isinstance(node.value, str) else node.value
    if isinstance(node, YamlList):
        return [with_places(entry) for entry in node.entries]
    entries = ((PlacedText(name, node.places[name]), entry) for name, entry in node.entries.items())
    return PlacedDict({name: with_places(entry) for name, entry in entries}, node.place)


def described(value: Any) -> str:
    """Say what kind of thing a node or its value is, for messages."""
    if isinstance(value, YamlScalar):
        value = value.value
    if isinstance(value, YamlList | list | tuple):
        return "a list"
    if isinstance(value, YamlMapping | Mapping):
        return "a mapping"
    if isinstance(value, str):
        text = value if len(value) <= 40 else value[:40] + "…"
        return f"the text {visible(repr(str(text)))}"
    return _shown(value)


def describe_names(names: Sequence[str]) -> str:
    """List names for a message, cut when there are many."""
    return visible(some_of(names))
