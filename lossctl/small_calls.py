"""Calls of :func:`lossctl.compute` on small arrays: from the third on, nothing is planned.

A training loop or a test calls for the same loss of arrays of the same shapes and types again and
again. The second call remembers its plan, if that follows from these alone; later ones begin with
the data.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options, require_use
from lossctl.core.result import Result
from lossctl.data_places import Data
from lossctl.engine.bind.inputs import bind_all
from lossctl.engine.plan import WEIGHTS
from lossctl.engine.sources import SUPPORTED_KINDS, ArraySource, Source
from lossctl.evaluation import NOTHING, Outputs, arranged, places_of, request_of
from lossctl.loss_specs import Spec
from lossctl.losses.catalogue import CATALOGUE

if TYPE_CHECKING:  # most programs call once
    from lossctl.engine.plan_memory import KnownPlan

Key: TypeAlias = tuple[Hashable, ...] | None
PLAIN = {str, int, float, bool, type(None)}
MOST_KNOWN = 256
ARRAYS_ALONE = Data()


class SmallCall:
    """A plan that is known, and the names of the inputs that are given by place."""

    def __init__(self, plan: "KnownPlan", loss: Any, by_place: Sequence[str]) -> None:
        """Keep the loss too: its identity is part of the key."""
        self._plan, self._loss, self._by_place = plan, loss, by_place

    def evaluate(self, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Result:
        """Evaluate a call with the key of this one."""
        return self._plan.evaluate(self._sources(inputs, keywords))

    def differentiate(
        self, inputs: Sequence[Any], keywords: Mapping[str, Any]
    ) -> tuple[Result, dict[str, Array]]:
        """Evaluate a call with the key of this one, and its gradient."""
        return self._plan.differentiate(self._sources(inputs, keywords))

    def _sources(self, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Source]:
        sources: dict[str, Source] = {
            name: ArraySource.of_numbers(array, name)
            for name, array in zip(self._by_place, inputs, strict=True)
        }
        for name, array in keywords.items():
            if type(array) is np.ndarray:
                sources[name] = ArraySource.of_numbers(array, name)
        return sources


_known: dict[tuple[Hashable, ...], SmallCall | None] = {}
_seen: set[tuple[Hashable, ...]] = set()


def key_of(
    loss: Any, inputs: Sequence[Any], keywords: Mapping[str, Any], *, gradient: bool = False
) -> Key:
    """Return what a plan may follow from; None for calls whose plans are not remembered.

    These are of anything but arrays, and plain values of parameters and options. With a `gradient`
    a plan is another.
    """
    if type(loss) is str:
        key: list[Any] = [gradient, loss]
    elif type(loss) is Loss:
        key = [gradient, id(loss)]
    else:
        return None
    for array in inputs:
        if type(array) is not np.ndarray:
            return None
        key += array.dtype, array.shape
    for name, value in keywords.items():
        if type(value) is np.ndarray:
            key += name, value.dtype, value.shape
        elif type(value) in PLAIN:
            key += name, repr(value)  # 1, 1.0 and True are equal, and −0.0 and 0.0
        else:
            return None
    return tuple(key)


def recall(key: Key) -> SmallCall | None:
    """Return the call that is known by a key, if any is."""
    return None if key is None else _known.get(key)


def remember(key: Key, spec: Spec, data: Data, options: Options, outputs: Outputs) -> None:
    """Keep the plan of a call that was evaluated, at its second time, where that is possible."""
    if key is None or key in _known:
        return
    if len(_seen) >= MOST_KNOWN:
        forget()
    if key not in _seen:
        _seen.add(key)
    elif outputs == NOTHING and spec.target.id in CATALOGUE:  # others may be loaded again
        is_gradient = key[0] and options.reduction == "none"  # which is that of the sum
        options = replace(options, reduction="sum") if is_gradient else options
        _known[key] = _small_call(spec, data, options)


def forget() -> None:
    """Forget every call."""
    _seen.clear()
    _known.clear()


def _small_call(spec: Spec, data: Data, options: Options) -> SmallCall | None:
    """Plan a call without its values; None where it is more than the sums of a loss."""
    target = spec.target
    beside = data._replace(by_place=(), by_name={}, weights=None, group=None)
    asks_more = options.context or options.interval
    if not isinstance(target, Loss) or target.is_metric or spec.preset is not None:
        return None
    if beside != ARRAYS_ALONE or asks_more:
        return None
    from lossctl.engine.plan_memory import Unread, known_plan  # noqa: PLC0415 - most call once

    places = places_of(data, [target])
    unread = {name: Unread(array, name) for name, array in places.items() if _is_array(array)}
    if len(unread) < len(places):
        return None
    inputs = arranged(unread, list(places)[: len(data.by_place)])
    ((loss, sources),) = bind_all([target], inputs.positional, inputs.named, options.axes)
    names = {id(source): name for name, source in sources.items()}
    if not names.keys() <= {id(source) for source in unread.values()}:
        return None  # several inputs came stacked in one
    for source in unread.values():
        source.label = names.get(id(source), source.label)
    require_use([loss], options)
    plan = known_plan(request_of(spec, loss, sources, inputs), unread.get(WEIGHTS), options)
    by_place = [names[id(source)] for source in inputs.positional]
    return None if plan is None else SmallCall(plan, target, by_place)


def _is_array(place: Any) -> bool:
    return type(place) is np.ndarray and place.dtype.kind in SUPPORTED_KINDS
