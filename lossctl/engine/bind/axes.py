"""Match the shapes of named inputs with the axes their loss declares in words.

``item feature`` is any number of leading item axes, then one of its own; equal words are equally
long in every input, a number is that length, ``…`` stands for any axes after one item axis, and
``packed WORD`` for items of different lengths laid end to end. ``~class`` is an axis of its own at
place 1 or the last, the same in every input. Alternatives stand beside ``|``; one that ends in
``channel`` is read where it is said, or asked for where a shape looks like it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import product
from math import prod
from typing import Any, NamedTuple, Protocol, TypeAlias

from lossctl.core.domain import ScalarOrList
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Input, Loss
from lossctl.core.options import Options
from lossctl.core.spelling import option
from lossctl.engine.bind.layout import Fit, Layout, Lie, class_layout
from lossctl.engine.sources import Source

Shape: TypeAlias = tuple[int, ...]
REST = "…"
CLASS = "~class"
CHANNEL = "channel"


class Seen(NamedTuple):
    """One input seen in one way: the item axes, its own axes, and where the item axis stands.

    `words` are the axes as declared, `place` where ``item`` stands among them; `items` is None for
    a packed input, whose items have no axis; `class_axis` is where ``~class`` stands. With
    `channels_last` the last axis is seen before the two of an image, where they are declared.
    """

    words: tuple[str, ...]
    items: Shape | None
    own: Shape
    place: int = 0
    class_axis: int | None = None
    channels_last: bool = False


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
    present = [entry for entry in loss.inputs if entry.name in sources]
    declared = tuple((entry.name, entry.axes) for entry in present)
    shapes = tuple(sources[entry.name].shape for entry in present)
    chosen = tuple((said or {}).items())
    fitting = matches(declared, shapes, chosen)
    if len(fitting) == 1:
        return fitting[0]
    ways = [
        list(_ways(name, axes, shape, said or {}))
        for (name, axes), shape in zip(declared, shapes, strict=True)
    ]
    for entry, choices in zip(present, ways, strict=True):
        if not choices:
            source = sources[entry.name]
            raise DataError(
                f"{loss.id}: {entry.name} {source.shape} ({source.label}) do not fit: expected "
                f"{describe(entry.axes)}"
            )
    if not fitting:
        raise DataError(f"{loss.id}: {_conflict(present, sources, ways)}")
    name = next(n for n, _ in declared if len({one.seen[n].words for one in fitting}) > 1)
    readings = list(dict.fromkeys(" ".join(one.seen[name].words) for one in fitting))
    usual = next((words for words in readings if words.endswith(CHANNEL)), readings[0])
    raise DataError(
        f"{loss.id}: {name} {sources[name].shape} may be {' or '.join(readings)}; "
        f"say which with {option('axes', {name: usual})}"
    )


@lru_cache(1024)  # a small call spends a third of its time here otherwise
def matches(
    declared: tuple[tuple[str, str], ...],
    shapes: tuple[Shape, ...],
    chosen: tuple[tuple[str, str], ...] = (),
    class_axis: int | None = None,
) -> tuple[Match, ...]:
    """Return every way to see the inputs together, by names and axes, shapes and choices."""
    said = dict(chosen)
    choices = [
        list(_ways(name, axes, shape, said, class_axis))
        for (name, axes), shape in zip(declared, shapes, strict=True)
    ]
    names = [name for name, _ in declared]
    matches = (_unify(names, ways) for ways in product(*choices))
    return tuple(match for match in matches if match is not None)


def _ways(
    name: str, axes: str, shape: Shape, said: Mapping[str, str], class_axis: int | None = None
) -> Iterator[Seen]:
    """Yield every way in which one shape fits the axes of an input."""
    ways = every = _alternatives(axes)
    if name in said:
        chosen = tuple(said[name].split())
        plain = {tuple(word.rpartition("_")[2] for word in way): way for way in ways}
        chosen = plain.get(chosen, chosen)  # of height for style_height
        if chosen not in ways:
            raise UsageError(
                f"{option('axes')}: {name} may be {' or '.join(' '.join(way) for way in ways)}, "
                f"got {said[name]!r}"
            )
        ways = (chosen,)
    for words in ways:
        if CLASS in words:
            yield from _along_classes(words, shape, class_axis)
        elif len(every) > 1 and words[-1] == CHANNEL:
            if said_last(said) or _may_be_channels_last(shape):
                yield from _channels_last(words, every[0], shape)
        elif (seen := _see(words, shape)) is not None:
            yield seen


@cache
def _alternatives(axes: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(text.split()) for text in axes.split("|"))


def _along_classes(words: tuple[str, ...], shape: Shape, axis: int | None) -> Iterator[Seen]:
    """See the class axis where it is said to be, or at place 1 and as the last."""
    last = len(shape) - 1
    places = (min(1, last), last) if axis is None else (axis,)
    for place in dict.fromkeys(places):
        if 0 <= place <= last:
            items = shape[:place] + shape[place + 1 :]
            yield Seen(words, items, (shape[place],), class_axis=place)


def _may_be_channels_last(shape: Shape) -> bool:
    from lossctl.engine.bind.class_axis import may_be_channels_last  # noqa: PLC0415 - images only

    return may_be_channels_last(shape)


def said_last(said: Mapping[str, str]) -> bool:
    """Whether channels are said to be last in some input."""
    return any(words.endswith(CHANNEL) for words in said.values())


def _channels_last(words: tuple[str, ...], first: tuple[str, ...], shape: Shape) -> Iterator[Seen]:
    """See the last axis as channels: own ones where they are declared as such, else items."""
    if len(shape) < 3:
        return
    items, (height, width, channels) = shape[:-3], shape[-3:]
    if CHANNEL in first:
        yield Seen(words, items, (height, width, channels), channels_last=True)
    else:
        yield Seen(words, (*items, channels), (height, width), channels_last=True)


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
    if seen.class_axis is not None:
        yield CLASS, (*seen.own, seen.class_axis)
        return
    for word, length in zip(own[: len(seen.own)], seen.own, strict=True):
        yield word, (length,)


def _conflict(
    present: Sequence[Input], sources: Mapping[str, Source], choices: Sequence[Sequence[Seen]]
) -> str:
    """Say which two inputs disagree, and about what, where each can be seen in one way only."""
    shapes = ", ".join(f"{e.name} {sources[e.name].shape} {describe(e.axes)}" for e in present)
    together = f"the shapes do not match: {shapes}"
    if any(len(ways) > 1 for ways in choices):
        return together
    first: dict[str, tuple[str, Shape]] = {}
    for entry, ways in zip(present, choices, strict=True):
        seen = ways[0]
        lengths = [] if seen.items is None else [("items", seen.items), *_lengths(seen)]
        for word, length in lengths:
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
    packed = next(entry for entry in loss.inputs if entry.name in loss.packs)
    item, *own = describe(packed.axes).strip("()").split(", ")
    return f"({', '.join([item, str(len(loss.packs)), *own])})"


def fit_in_words(
    loss: Loss, sources: dict[str, Source], options: Options, group: Source | None
) -> Fit:
    """Fit the inputs of a loss by the words of their axes.

    Raises
    ------
    DataError
        When the shapes fit in no way, or in several.
    UsageError
        When an option contradicts the loss or the shapes.
    """
    ways = match(loss, sources, options.axes)
    views = item_first(sources, ways)
    lies = {name: Lie(source.shape[len(ways.items) :]) for name, source in views.items()}
    notes = _reading(sources, ways)
    if loss.is_variant:
        notes.append(f"read from {' and '.join(views)}")
    groups = order = None
    if loss.grouped is not None:
        from lossctl.engine.bind.groups import batches, describe_groups  # noqa: PLC0415 - few

        groups, order = batches(loss, ways.items, options, group)
        notes.append(describe_groups(groups, options, group))
    if order is not None:
        from lossctl.engine.bind.views import Ordered  # noqa: PLC0415

        views = {
            name: Ordered(source, order, source.shape, max(prod(lies[name].own), 1))
            for name, source in views.items()
        }
    layout = Layout(
        "any",
        ways.items,
        lies,
        least_rows=loss.least_rows,
        groups=groups,
        width=max(prod(lie.own) for lie in lies.values()),
    )
    return Fit(layout, loss.tasks[0], "values", views, tuple(notes), order)


def fit_columns(loss: Loss, sources: Mapping[str, Source], params: Mapping[str, Any]) -> Fit | None:
    """Fit predictions that have a column for each entry of a list; None where shapes say others.

    Raises
    ------
    DataError
        Where they have columns and no list was given, with the list to give.
    """
    p, t = sources["predictions"].shape, sources["targets"].shape
    if not p or p[:-1] != t:
        return None
    lists = [entry.name for entry in loss.params if isinstance(entry.domain, ScalarOrList)]
    if not any(isinstance(params[name], tuple) for name in lists):
        if p[-1] == 1:
            return None
        levels = ",".join(f"{(at + 0.5) / p[-1]:.2g}" for at in range(min(p[-1], 3)))
        levels += ",…" if p[-1] > 3 else ""
        raise DataError(
            f"predictions {p} ({sources['predictions'].label}) have {p[-1]} columns for targets "
            f"{t}: give {loss.id} a {lists[0]} for each, such as {lists[0]}=[{levels}]"
        )
    own = {name: p[-1:] if name == "predictions" else () for name in sources}
    return Fit(class_layout(own, p, len(p) - 1), loss.tasks[0], "values")


def item_first(sources: Mapping[str, Source], ways: Match) -> dict[str, Source]:
    """Return the inputs with their item axis first, channels before images.

    Those laid end to end get an item axis of their own.
    """
    views = dict(sources)
    for name, way in ways.seen.items():
        if way.place or way.channels_last:
            from lossctl.engine.bind.views import Forward, Moved  # noqa: PLC0415 - rare

            source, last = sources[name], len(sources[name].shape) - 1
            views[name] = Moved(source, way.place) if way.place else Forward(source, last, last - 2)
    for name, way in ways.seen.items():
        if way.items is None:
            from lossctl.engine.bind.views import Padded  # noqa: PLC0415 - rare

            lengths = views.get(way.words[1])
            if lengths is None:
                raise UsageError(f"{name} are packed end to end: give {way.words[1]}, one per item")
            views[name] = Padded(sources[name], lengths)
    return views


def _reading(sources: Mapping[str, Source], ways: Match) -> list[str]:
    """Say how inputs are read that do not simply have the items first."""
    from lossctl.engine.bind.views import Stacked  # noqa: PLC0415 - few losses need it

    notes = [
        f"{name} are read as {', '.join(way.words)}"
        for name, way in ways.seen.items()
        if way.place or way.items is None or way.channels_last
    ]
    if stacked := [name for name, source in sources.items() if isinstance(source, Stacked)]:
        notes.append(f"{', '.join(stacked)} are read from one array, stacked")
    return notes
