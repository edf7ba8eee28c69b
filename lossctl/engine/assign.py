"""Say which array is which input: by name, by place, or several stacked in one array.

A loss may have variants that read other inputs (ready distances instead of embeddings); the one
that fits what was given is taken.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lossctl.core.errors import LossctlError, UsageError
from lossctl.core.loss import Input, Loss
from lossctl.core.spelling import did_you_mean, plural
from lossctl.engine.axes import match, packed_axes
from lossctl.engine.derived import Stacked
from lossctl.engine.sources import ArraySource, Source

Named = dict[str, Source]


def assign(
    loss: Loss,
    positional: Sequence[Source],
    named: Mapping[str, Source],
    axes: Mapping[str, str] | None = None,
) -> tuple[Loss, Named]:
    """Return the variant of `loss` that reads what was given, and its inputs by name.

    Raises
    ------
    UsageError
        When there are too few or too many inputs, one of an unknown name, or several ways to read
        them.
    DataError
        When their shapes do not fit.
    """
    _require_known(loss, named)
    ways = [
        (variant, way)
        for variant in (loss, *loss.variants)
        for way in _ways(variant, positional, named)
    ]
    if not ways:
        raise UsageError(f"{loss.id} takes {_wanted(loss)}; {_given(positional, named)}")
    if len(ways) > 1:
        ways = _fitting(ways, axes)
    variant, found = ways[0]
    for name, source in found.items():
        if isinstance(source, ArraySource) and source in positional and _is_numbered(source.label):
            source.label = name
    return (variant if variant is loss else replace(variant, is_variant=True)), found


def numbered(place: int) -> str:
    """Name an array that is not yet known to be this or that input."""
    return f"input {place + 1}"


def _is_numbered(label: str) -> bool:
    return label.startswith("input ") and label[6:].isdigit()


def _require_known(loss: Loss, named: Mapping[str, Source]) -> None:
    known = [entry.name for one in (loss, *loss.variants) for entry in one.inputs]
    for name in named:
        if name not in known:
            names = ", ".join(dict.fromkeys(known))
            raise UsageError(
                f"{loss.id} has no input {name!r}; it reads {names}{did_you_mean(name, known)}"
            )


def _ways(loss: Loss, positional: Sequence[Source], named: Mapping[str, Source]) -> Iterator[Named]:
    """Yield the inputs as given one by one, and with the stacked ones in one array."""
    if not set(named) <= {entry.name for entry in loss.inputs}:
        return
    rest = [entry for entry in loss.inputs if entry.name not in named]
    if len(positional) <= len(rest):
        found = dict(zip((entry.name for entry in rest), positional, strict=False))
        if all(e.name in found or not _is_needed(e) for e in rest):
            yield {**found, **named}
    packs = [entry for entry in rest if entry.name in loss.packs]
    if not packs or len(packs) < len(loss.packs) or not positional:
        return
    others = [entry.name for entry in rest if entry not in packs]
    needed = [entry.name for entry in rest if entry not in packs and _is_needed(entry)]
    if len(needed) <= len(positional) - 1 <= len(others):
        stacked = _unstack(packs, positional[0])
        if stacked:
            yield {**stacked, **dict(zip(others, positional[1:], strict=False)), **named}


def _is_needed(entry: Input) -> bool:
    return entry.default is None and not entry.optional


def _unstack(packs: Sequence[Input], source: Source) -> Named:
    """Take stacked inputs apart; nothing when no axis is as long as there are inputs."""
    own = len(packs[0].axes.split("|")[0].split()) - 1
    place = len(source.shape) - own - 1
    if place < 0 or source.shape[place] != len(packs):
        return {}
    return {
        entry.name: Stacked(source, number, len(packs), own) for number, entry in enumerate(packs)
    }


def _fitting(
    ways: Sequence[tuple[Loss, Named]], axes: Mapping[str, str] | None
) -> list[tuple[Loss, Named]]:
    """Return the one way whose shapes fit; items of one axis come before those of several."""
    found_fits, errors = [], []
    for variant, found in ways:
        try:
            items = match(variant, found, axes).items
        except LossctlError as error:
            errors.append(error)
        else:
            found_fits.append((len(items) > 1, variant, found))
    if not found_fits:
        raise errors[0]
    least = min(several for several, _, _ in found_fits)
    fits = [(variant, found) for several, variant, found in found_fits if several == least]
    if len(fits) > 1:
        readings = " or ".join(" and ".join(found) for _, found in fits)
        raise UsageError(
            f"{ways[0][0].id}: the given arrays may be {readings}; name them (--in NAME=FILE)"
        )
    return fits


def _wanted(loss: Loss) -> str:
    """Say what a loss takes, with its variants."""
    return "; or ".join(map(_inputs_in_words, (loss, *loss.variants)))


def _inputs_in_words(loss: Loss) -> str:
    needed = [entry.name for entry in loss.inputs if _is_needed(entry)]
    optional = [entry.name for entry in loss.inputs if not _is_needed(entry)]
    words = " and ".join(needed)
    if optional:
        words += f" (and optionally {', '.join(optional)})"
    if loss.packs:
        words += f", or {', '.join(loss.packs)} in one array {packed_axes(loss)}"
    return words


def _given(positional: Sequence[Source], named: Mapping[str, Source]) -> str:
    if not named:
        return f"{len(positional)} given"
    by_place = f" and {plural(len(positional), 'array')} by place" if positional else ""
    return f"given: {', '.join(named)}{by_place}"
