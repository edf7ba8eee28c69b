"""Match the shapes of named inputs with the axes their loss declares in words.

``item feature`` is any number of leading item axes, then one of its own; equal words are equally
long in every input, a number is that length, ``…`` stands for any axes after one item axis, and
``packed WORD`` for items of different lengths laid end to end. Alternatives stand beside ``|``.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple, Protocol, TypeAlias

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Input
from lossctl.engine.sources import Source

Shape: TypeAlias = tuple[int, ...]
REST = "…"


class Seen(NamedTuple):
    """One input seen in one way: the item axes, its own axes, and where the item axis stands.

    `words` are the axes as declared, `place` where ``item`` stands among them; `items` is None for
    a packed input, whose items have no axis.
    """

    words: tuple[str, ...]
    items: Shape | None
    own: Shape
    place: int = 0


class Match(NamedTuple):
    """Every given input seen in one way, and the item axes they share."""

    items: Shape
    seen: Mapping[str, Seen]


class Declared(Protocol):
    """What declares inputs: a loss or a recipe."""

    @property
    def id(self) -> str:
        """What messages call it."""
        ...

    @property
    def inputs(self) -> Sequence[Input]:
        """Its inputs, each with axes in words."""
        ...


class Packed(Declared, Protocol):
    """What declares inputs that may come stacked in one array."""

    @property
    def packs(self) -> Sequence[str]:
        """Their names."""
        ...


def match(loss: Declared, sources: Mapping[str, Source], said: Mapping[str, str] | None) -> Match:
    """Find the one way to see all inputs together.

    `said` names the axes of inputs whose shapes leave a choice.

    Raises
    ------
    DataError
        When the shapes fit in no way, or in several.
    """
    given = [entry for entry in loss.inputs if entry.name in sources]
    choices = [list(_ways(entry, sources[entry.name].shape, said)) for entry in given]
    for entry, ways in zip(given, choices, strict=True):
        if not ways:
            shape = sources[entry.name].shape
            label = sources[entry.name].label
            raise DataError(
                f"{loss.id}: {entry.name} {shape} ({label}) do not fit: expected "
                f"{describe(entry.axes)}"
            )
    names = [entry.name for entry in given]
    fitting = [found for ways in product(*choices) if (found := _unify(names, ways)) is not None]
    if not fitting:
        raise DataError(f"{loss.id}: {_conflict(given, sources, choices)}")
    if len(fitting) > 1:
        name = next(n for n in names if len({one.seen[n].words for one in fitting}) > 1)
        readings = list(dict.fromkeys(" ".join(one.seen[name].words) for one in fitting))
        raise DataError(
            f"{loss.id}: {name} {sources[name].shape} may be {' or '.join(readings)}; "
            f'say which with axes (--axes "{name}={readings[0]}")'
        )
    return fitting[0]


def _ways(entry: Input, shape: Shape, said: Mapping[str, str] | None) -> Iterator[Seen]:
    """Yield every way in which one shape fits the axes of an input."""
    ways = _alternatives(entry.axes)
    if said and entry.name in said:
        chosen = tuple(said[entry.name].split())
        if chosen not in ways:
            raise UsageError(
                f"axes: {entry.name} may be {' or '.join(' '.join(way) for way in ways)}, "
                f"got {said[entry.name]!r}"
            )
        ways = (chosen,)
    for words in ways:
        if (seen := _see(words, shape)) is not None:
            yield seen


@cache
def _alternatives(axes: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(text.split()) for text in axes.split("|"))


def _see(words: tuple[str, ...], shape: Shape) -> Seen | None:
    if words[0] == "packed":
        return Seen(words, None, shape) if len(shape) == 1 else None
    place = words.index("item")
    own = words[:place] + words[place + 1 :]
    if REST in own:
        return Seen(words, shape[:1], shape[1:]) if shape else None
    if place == 0:
        cut = len(shape) - len(own)
        seen = Seen(words, shape[:cut], shape[cut:]) if cut >= 0 else None
    elif len(shape) == len(words):
        seen = Seen(words, (shape[place],), shape[:place] + shape[place + 1 :], place)
    else:
        seen = None
    if seen is None or any(w.isdigit() and int(w) != n for w, n in zip(own, seen.own, strict=True)):
        return None
    return seen


def _unify(names: Sequence[str], ways: Sequence[Seen]) -> Match | None:
    """Return the match when item axes and equal words agree."""
    items: Shape | None = None
    lengths: dict[str, Shape] = {}
    for seen in ways:
        if seen.items is None:
            continue
        if items not in {None, seen.items}:
            return None
        items = seen.items
        for word, length in _lengths(seen):
            if lengths.setdefault(word, length) != length:
                return None
    if items is None:
        return None
    return Match(items, dict(zip(names, ways, strict=True)))


def _lengths(seen: Seen) -> Iterator[tuple[str, Shape]]:
    own = tuple(word for word in seen.words if word != "item")
    if REST in own:
        yield REST, seen.own
        return
    for word, length in zip(own, seen.own, strict=True):
        yield word, (length,)


def _conflict(
    given: Sequence[Input], sources: Mapping[str, Source], choices: Sequence[Sequence[Seen]]
) -> str:
    """Say which two inputs disagree, and about what, where each can be seen in one way only."""
    shapes = ", ".join(f"{e.name} {sources[e.name].shape} {describe(e.axes)}" for e in given)
    together = f"the shapes do not fit together: {shapes}"
    if any(len(ways) > 1 for ways in choices):
        return together
    first: dict[str, tuple[str, Shape]] = {}
    for entry, ways in zip(given, choices, strict=True):
        seen = ways[0]
        found = [] if seen.items is None else [("items", seen.items), *_lengths(seen)]
        for word, length in found:
            name, known = first.setdefault(word, (entry.name, length))
            if known != length:
                a, b = sources[name], sources[entry.name]
                return (
                    f"{name} {a.shape} ({a.label}) and {entry.name} {b.shape} ({b.label}) differ "
                    f"in {word}: {_plain(known)} and {_plain(length)}"
                )
    return together


def _plain(lengths: Shape) -> str:
    return str(lengths[0]) if len(lengths) == 1 else str(lengths)


def describe(axes: str) -> str:
    """Write declared axes as a shape: ``(item, feature)``."""
    ways = []
    for text in axes.split("|"):
        words = text.split()
        ways.append(
            f"({', '.join(words)})" if words[0] != "packed" else f"packed by {' '.join(words[1:])}"
        )
    return " or ".join(ways)


def packed_axes(loss: Packed) -> str:
    """Write the shape of an array that holds several inputs: ``(item, 3, feature)``."""
    one = next(entry for entry in loss.inputs if entry.name in loss.packs)
    item, *own = describe(one.axes).strip("()").split(", ")
    return f"({', '.join([item, str(len(loss.packs)), *own])})"
