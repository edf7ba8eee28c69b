"""Bind arrays to the inputs of a loss: by name, by place, or several stacked in one array.

A loss may have variants that read other inputs (ready distances instead of embeddings); the one
whose inputs and shapes fit is taken. A recipe is bound in the same way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from lossctl.core.errors import LossctlError, UsageError
from lossctl.core.loss import Input, Loss
from lossctl.core.spelling import did_you_mean, input_named, listed, plural
from lossctl.engine.sources import ArraySource, Source

Named = dict[str, Source]


class Bindable(Protocol):
    """What declares inputs: a loss or a recipe."""

    @property
    def id(self) -> str:
        """What messages call it."""
        ...

    @property
    def inputs(self) -> Sequence[Input]:
        """Its inputs in order."""
        ...

    @property
    def packs(self) -> Sequence[str]:
        """Inputs that may come stacked in one array."""
        ...

    @property
    def variants(self) -> Sequence[Any]:
        """Declarations of other inputs under the same id."""
        ...


AnyDeclared = TypeVar("AnyDeclared", bound=Bindable)


def variants_of(declared: AnyDeclared) -> tuple[AnyDeclared, ...]:
    """Return the declaration itself and its variants."""
    return (declared, *declared.variants)


def input_names(declared: Bindable) -> list[str]:
    """Return the names of the inputs of a declaration and its variants, each once."""
    names = (entry.name for one in variants_of(declared) for entry in one.inputs)
    return list(dict.fromkeys(names))


def place_names(declared: Bindable, count: int, named: Mapping[str, object]) -> list[str]:
    """Name `count` inputs given by place, before they are opened.

    The names are those of the declaration, in its order, without those given by name; where shapes
    must tell which input is which, and for those beyond the last, they are numbers.
    """
    free: list[str] = []
    if not declared.packs and not declared.variants:
        free = [entry.name for entry in declared.inputs if entry.name not in named]
    return [free[n] if n < len(free) else numbered(n) for n in range(count)]


def bind(
    declared: AnyDeclared,
    positional: Sequence[Source],
    named: Mapping[str, Source],
    axes: Mapping[str, str] | None = None,
) -> tuple[AnyDeclared, Named]:
    """Return the variant that reads these arrays, and its inputs by name.

    Parameters
    ----------
    declared
        A loss or a recipe.
    positional, named
        Arrays in declared order, and arrays by the names of inputs.
    axes
        Axes in words of inputs whose shapes leave a choice.

    Raises
    ------
    UsageError
        When there are too few or too many inputs, one of an unknown name, or several ways to read
        them.
    DataError
        When their shapes do not fit.
    """
    if len(positional) == len(declared.inputs) and not (named or declared.variants):
        names = [entry.name for entry in declared.inputs]  # what nearly every call gives
        if not declared.packs:
            return declared, dict(zip(names, _labelled(positional, names), strict=True))
    _require_known(declared, named)
    ways = [
        (variant, way)
        for variant in variants_of(declared)
        for way in _ways(variant, positional, named)
    ]
    if not ways:
        raise UsageError(f"{declared.id} takes {_wanted(declared)}; {_counted(positional, named)}")
    if len(ways) > 1:
        ways = _fitting(ways, axes)
    variant, sources = ways[0]
    _labelled([sources[name] for name in sources], list(sources))
    if variant is not declared and isinstance(variant, Loss):
        variant = replace(variant, is_variant=True)
    return variant, sources


def bind_all(
    declared: Sequence[AnyDeclared],
    positional: Sequence[Source],
    named: Mapping[str, Source],
    axes: Mapping[str, str] | None = None,
) -> list[tuple[AnyDeclared, Named]]:
    """Bind the same arrays to several losses: each takes those given by name that it reads.

    Raises
    ------
    UsageError, DataError
        As :func:`bind`; also for a name that none of them reads.
    """
    if len(declared) == 1 or not named:
        return [bind(one, positional, named, axes) for one in declared]
    known = {name for one in declared for name in input_names(one)}
    own = [
        {n: s for n, s in named.items() if n not in known or n in input_names(one)}
        for one in declared
    ]
    return [bind(one, positional, its, axes) for one, its in zip(declared, own, strict=True)]


def _labelled(sources: Sequence[Source], names: Sequence[str]) -> Sequence[Source]:
    """Call arrays that had a number only by the names of their inputs."""
    for name, source in zip(names, sources, strict=True):
        if isinstance(source, ArraySource) and _is_numbered(source.label):
            source.label = name
    return sources


def numbered(place: int) -> str:
    """Name an array that is not yet known to be this or that input."""
    return f"input {place + 1}"


def _is_numbered(label: str) -> bool:
    return label.startswith("input ") and label[6:].isdigit()


def _require_known(loss: Bindable, named: Mapping[str, Source]) -> None:
    known = input_names(loss)
    for name in named:
        if name not in known:
            raise UsageError(
                f"{loss.id} has no input {name!r}; it reads {', '.join(known)}"
                f"{did_you_mean(name, known)}"
            )


def _ways(
    loss: Bindable, positional: Sequence[Source], named: Mapping[str, Source]
) -> Iterator[Named]:
    """Yield the inputs as given one by one, and with the stacked ones in one array."""
    if not set(named) <= {entry.name for entry in loss.inputs}:
        return
    rest = [entry for entry in loss.inputs if entry.name not in named]
    if len(positional) <= len(rest):
        by_place = dict(zip((entry.name for entry in rest), positional, strict=False))
        if all(e.name in by_place or not e.required for e in rest):
            yield {**by_place, **named}
    packs = [entry for entry in rest if entry.name in loss.packs]
    if not packs or len(packs) < len(loss.packs) or not positional:
        return
    others = [entry.name for entry in rest if entry not in packs]
    needed = [entry.name for entry in rest if entry not in packs and entry.required]
    if len(needed) <= len(positional) - 1 <= len(others):
        stacked = _unstack(packs, positional[0])
        if stacked:
            yield {**stacked, **dict(zip(others, positional[1:], strict=False)), **named}


def _unstack(packs: Sequence[Input], source: Source) -> Named:
    """Take stacked inputs apart; nothing when no axis is as long as there are inputs."""
    own = len(packs[0].axes.split("|")[0].split()) - 1
    place = len(source.shape) - own - 1
    if place < 0 or source.shape[place] != len(packs):
        return {}
    from lossctl.engine.bind.views import Stacked  # noqa: PLC0415 - few losses need it

    return {
        entry.name: Stacked(source, number, len(packs), own) for number, entry in enumerate(packs)
    }


def _fitting(
    ways: Sequence[tuple[AnyDeclared, Named]], axes: Mapping[str, str] | None
) -> list[tuple[AnyDeclared, Named]]:
    """Return the one way whose shapes fit; items of one axis come before those of several."""
    from lossctl.engine.bind.axes import match  # noqa: PLC0415 - few losses need it

    matched, errors = [], []
    for variant, sources in ways:
        try:
            items = match(variant, sources, axes).items
        except LossctlError as error:
            errors.append(error)
        else:
            matched.append((len(items) > 1, variant, sources))
    if not matched:
        raise errors[0]
    least = min(several for several, _, _ in matched)
    fits = [(variant, sources) for several, variant, sources in matched if several == least]
    if len(fits) > 1:
        readings = " or ".join(" and ".join(sources) for _, sources in fits)
        raise UsageError(
            f"{ways[0][0].id}: the given arrays may be {readings}; name them "
            f"({input_named('NAME')})"
        )
    return fits


def _wanted(loss: Bindable) -> str:
    """Say what a loss takes, with its variants."""
    return "; or ".join(map(_inputs_in_words, variants_of(loss)))


def _inputs_in_words(loss: Bindable) -> str:
    needed = [entry.name for entry in loss.inputs if entry.required]
    optional = [entry.name for entry in loss.inputs if not entry.required]
    words = listed(needed)
    if optional:
        words += f" (and optionally {', '.join(optional)})"
    if loss.packs:
        from lossctl.engine.bind.axes import packed_axes  # noqa: PLC0415 - few losses need it

        words += f", or {', '.join(loss.packs)} in one array {packed_axes(loss)}"
    return words


def _counted(positional: Sequence[Source], named: Mapping[str, Source]) -> str:
    if not named:
        return f"{len(positional)} given"
    by_place = f" and {plural(len(positional), 'array')} by position" if positional else ""
    return f"given: {', '.join(named)}{by_place}"
