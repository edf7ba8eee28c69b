"""Limits on values: how they are written, and what they are of."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from lossctl.core.errors import UsageError
from lossctl.core.gate import Bound, read_bound
from lossctl.core.result import Result
from lossctl.core.spec import param, parse_spec
from lossctl.core.spelling import did_you_mean, option
from lossctl.loss_specs import Spec, resolve

EVERY = "*"  # the category that stands for all


class SliceSelector(NamedTuple):
    """Which slices a limit is of: those of a column, or of several, and of one category or all."""

    by: str
    category: str

    def selects(self, by: str, name: str) -> bool:
        """Whether a slice is meant: by its column and category, or by each column's category."""
        if self.by == by:
            return self.category in {name, EVERY}
        pairs = [pair.partition("=") for pair in f"{self.by}={self.category}".split(",")]
        columns, _, categories = zip(*pairs, strict=True)
        return (",".join(columns), ", ".join(categories)) == (by, name)

    def __str__(self) -> str:
        return f"[{self.by}={self.category}]"


class Limit(NamedTuple):
    """The greatest value that passes: of a loss with these parameters, or of a part of it.

    Of a result of which more is better it is the least one.

    `text` is how it was asked for. A part without a loss belongs to every recipe that has it.
    """

    text: str
    bound: Bound
    loss: str | None
    params: Mapping[str, Any]
    part: str | None = None
    slices: SliceSelector | None = None
    side: str = "fail_over"

    @property
    def where(self) -> str:
        """How messages name it."""
        return f"{option(self.side)} {self.text}"

    def applies_to(self, result: Result) -> bool:
        """Whether it is about this result."""
        if self.loss is None:
            return any(part.name == self.part for part in result.parts)
        return self.loss == result.loss and all(
            name in result.params and param(result.params[name]) == param(value)
            for name, value in self.params.items()
        )


class Known(NamedTuple):
    """What limits may name: ids of losses and recipes, and the recipes that have each part.

    `higher` are the ids of which more is better.
    """

    ids: Sequence[str]
    parts: Mapping[str, Sequence[str]]
    higher: frozenset[str] = frozenset()


def known_before(specs: Sequence[Spec]) -> Known:
    """Return what limits may name before anything is computed."""
    targets = [spec.target for spec in specs]
    return _known(
        (one.id, getattr(one, "part_names", ()), getattr(one, "higher_is_better", False))
        for one in targets
    )


def known_of(results: Sequence[Result]) -> Known:
    """Return what limits of results may name."""
    return _known(
        (one.loss, [part.name for part in one.parts], one.higher_is_better) for one in results
    )


def _known(measures: Iterable[tuple[str, Sequence[str], bool]]) -> Known:
    """Gather ids, the names of their parts, and whether more is better."""
    ids: list[str] = []
    parts: dict[str, list[str]] = {}
    higher: set[str] = set()
    for measure, names, higher_is_better in measures:
        ids.append(measure)
        higher |= {measure} if higher_is_better else set()
        for name in names:
            parts.setdefault(name, []).append(measure)
    return Known(ids, parts, frozenset(higher))


def limits_by_name(fail_over: Any) -> list[tuple[str | None, Any]]:
    """Return limits with what they are of, None where no name is given.

    They come as a number, by name in a mapping, or as one text or several, ``"LIMIT"`` or
    ``"NAME=LIMIT"``.
    """
    if fail_over is None:
        return []
    if isinstance(fail_over, Mapping):
        return [(str(name), limit) for name, limit in fail_over.items()]
    several = isinstance(fail_over, Sequence) and not isinstance(fail_over, str)
    pairs: list[tuple[str | None, Any]] = []
    for text in fail_over if several else [fail_over]:
        # from the right: parameters of a loss have equals signs of their own, a limit has none
        name, equals, limit = str(text).rpartition("=")
        pairs.append((name if equals else None, limit))
    return pairs


def read_limits(fail_over: Any, known: Known, *, least: bool = False) -> list[Limit]:
    """Read limits in any of the ways :func:`lossctl.judge` takes; with `least` those from below.

    Raises
    ------
    UsageError
        For what is no limit, for a name that is not computed, and for a limit on the side where
        values are better.
    """
    if isinstance(fail_over, list) and all(isinstance(entry, Limit) for entry in fail_over):
        return fail_over  # read before anything was computed
    side = "fail_under" if least else "fail_over"
    limits = [_read_limit(name, limit, known, side) for name, limit in limits_by_name(fail_over)]
    for limit in limits:
        if limit.loss is not None and (limit.loss in known.higher) != least:
            more, other = ("less", "fail_over") if least else ("more", "fail_under")
            raise UsageError(
                f"{limit.where}: of {limit.loss} {more} is better; set {option(other)} {limit.text}"
            )
    return limits


def read_all_limits(fail_over: Any, fail_under: Any, known: Known) -> list[Limit]:
    """Read limits from above and from below."""
    return [*read_limits(fail_over, known), *read_limits(fail_under, known, least=True)]


def _read_limit(name: str | None, limit: Any, known: Known, side: str) -> Limit:
    text = str(limit) if name is None else f"{name}={limit}"
    where = f"{option(side)} {text}"
    bound = read_bound(limit, where)
    name, slices = split_slices(name)
    if bound.reference == "overall" and slices is None:
        raise UsageError(
            f"{where}: overall is for limits of slices, such as mse[region=EU]={limit}"
        )
    if name is None or (not name and slices is not None):
        if len(known.ids) > 1:
            raise UsageError(f"{where}: of which loss? for example {known.ids[0]}={text}")
        return Limit(text, bound, known.ids[0], {}, None, slices, side)
    if name.strip() in known.parts:
        return Limit(text, bound, None, {}, name.strip(), slices, side)
    name, part = _split_part(name.strip(), known)
    try:
        target, params = parse_spec(name)
        owner, dot, inner = target.partition(".")
        loss = owner if owner in known.ids else _id_of(owner)
    except UsageError as error:
        if known.parts:
            hint = did_you_mean(name, known.parts) or _parts_in_words(known)
            raise UsageError(f"{where}: no part {name!r}{hint}") from None
        raise UsageError(f"{where}: {error}") from None
    if loss not in known.ids:
        hint = did_you_mean(loss, known.ids) or _parts_in_words(known)
        raise UsageError(f"{where}: {loss} is not computed{hint}")
    return Limit(text, bound, loss, params, inner if dot else part, slices, side)


def split_slices(name: str | None) -> tuple[str | None, SliceSelector | None]:
    """Split ``mse[region=EU]`` into what it is a slice of and which slice; lists stay.

    Examples
    --------
    >>> split_slices("mse[region=EU]")
    ('mse', SliceSelector(by='region', category='EU'))
    >>> split_slices("focal:alpha=[0.2,0.8][a,b=x=1, y]")
    ('focal:alpha=[0.2,0.8]', SliceSelector(by='a,b', category='x=1, y'))
    """
    name = None if name is None else name.strip()
    if name is None or not name.endswith("]"):
        return name, None
    for at, letter in enumerate(name):
        by, equals, category = name[at + 1 : -1].partition("=")
        if letter == "[" and equals and by and name[max(at - 1, 0)] not in "=,(":
            return name[:at], SliceSelector(by, category)
    return name, None


def _id_of(name: str) -> str:
    """Return the id of a metric or of a loss; a name of both is that of the metric."""
    from lossctl.metrics.known_metrics import find  # noqa: PLC0415 - most limits name what is computed

    found = find(name)
    return resolve(name).id if found is None else found[0]


def _split_part(name: str, known: Known) -> tuple[str, str | None]:
    """Split the name of a row that is printed, LOSS:PARAMETERS.PART, where there are parameters.

    The dots of numbers are none before a part: what follows is the name of one, or of a class.
    """
    spelled, colon, tail = name.partition(":")
    for at in range(len(tail)):
        part = tail[at + 1 :]
        if tail[at] == "." and (part in known.parts or part.startswith("class.")):
            return f"{spelled}{colon}{tail[:at]}", part
    return name, None


def _parts_in_words(known: Known) -> str:
    return f"; parts are {', '.join(known.parts)}" if known.parts else ""
