"""The Python API: evaluate losses on arrays (or sources) in memory or larger."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import OPTIONS, Options
from lossctl.core.result import Result
from lossctl.core.spelling import did_you_mean
from lossctl.engine import gradient as gradients
from lossctl.engine.assign import assign, numbered
from lossctl.engine.evaluate import ArraySink, Request
from lossctl.engine.evaluate import evaluate as evaluate_requests
from lossctl.engine.plan import GROUP
from lossctl.engine.sources import Source, as_source
from lossctl.losses.catalogue import CATALOGUE, get
from lossctl.objective.recipes import is_recipe


def compute(
    loss: str, *inputs: Any, weights: Any = None, group: Any = None, **options: Any
) -> Result:
    """Compute one loss.

    Parameters
    ----------
    loss
        Name or alias of a loss or a recipe (``lossctl list`` shows them).
    *inputs
        Arrays in the order the loss declares: predictions, targets. Any shape the loss reads:
        elementwise losses take arrays of one shape; class losses (N, C) with (N,),
        (N, C, H, W) with (N, H, W), (N, T, C) with (N, T), or one-hot and soft targets of the
        predictions' shape. Losses of other inputs (``lossctl show triplet``) also take them by
        name.
    weights
        Non-negative weight of each item, or of each entry of the first axes. The mean divides by
        their sum.
    group
        A number for each item: equal numbers are one group, for losses whose items are each
        other's context (see also ``batch_size``).
    **options
        Parameters of the loss (``gamma=2.0``), its inputs by name, and the options of
        :class:`Options`: reduction, input, task, class_axis, class_weights, ignore_index, nan,
        precision, pooling, batch_size, threads.

    Returns
    -------
    Result
        ``.value`` is a float, or an array of item losses for ``reduction="none"``.

    Raises
    ------
    UsageError
        For an unknown loss, parameter or option, or a value outside its range.
    DataError
        For inputs that do not fit or cannot be evaluated.

    Examples
    --------
    >>> import lossctl
    >>> lossctl.compute("mae", [1.0, 2.0, 3.0], [1.5, 2.5, 3.5]).value
    0.5
    """
    if is_recipe(loss):
        return _recipe(loss, inputs, options, beside={"weights": weights, "group": group})
    named = [(loss, _params(loss, options))]
    (result,) = evaluate(named, *inputs, weights=weights, group=group, **options)
    return result


def evaluate(
    losses: Sequence[str | tuple[str, Mapping[str, Any]]],
    *inputs: Any,
    weights: Any = None,
    group: Any = None,
    **options: Any,
) -> list[Result]:
    """Compute several losses in one pass over the data.

    Parameters
    ----------
    losses
        Names, or pairs of a name and its parameters.
    *inputs, weights, group, **options
        As for :func:`compute`; options apply to every loss.

    Examples
    --------
    >>> results = evaluate(["mse", ("huber", {"delta": 0.5})], [1.0, 2.0], [0.0, 0.0])
    >>> [result.value for result in results]
    [2.5, 0.625]
    """
    named = [(entry, {}) if isinstance(entry, str) else entry for entry in losses]
    if not named:
        raise UsageError("no loss was asked for")
    given = _inputs_by_name(named[0][0], options)
    chosen = _options(named[0][0], options)
    asked = [Request(get(name), params) for name, params in named]
    requests = assign_inputs(asked, inputs, given, group, chosen)
    return evaluate_requests(requests, {}, _weights(weights), chosen)


def gradient(
    loss: str, *inputs: Any, weights: Any = None, group: Any = None, **options: Any
) -> dict[str, Array]:
    """Compute the gradient of one loss with respect to its differentiable inputs.

    Parameters
    ----------
    loss, *inputs, weights, group, **options
        As for :func:`compute`. For ``reduction="none"`` the gradient is that of the sum.

    Returns
    -------
    dict
        One array for each differentiable input, shaped like it.

    Examples
    --------
    >>> gradient("mse", [1.0, 3.0], [0.0, 0.0])["predictions"]
    array([1., 3.])
    """
    if is_recipe(loss):
        beside = {"weights": weights, "group": group}
        return _recipe(loss, inputs, options, beside=beside, gradient=True)
    return value_and_gradient(loss, *inputs, weights=weights, group=group, **options)[1]


def value_and_gradient(
    loss: str, *inputs: Any, weights: Any = None, group: Any = None, **options: Any
) -> tuple[Result, dict[str, Array]]:
    """Compute one loss and its gradient together, reading the data once where that is possible.

    Parameters
    ----------
    loss, *inputs, weights, group, **options
        As for :func:`compute`. For ``reduction="none"`` both are those of the sum.

    Returns
    -------
    tuple
        The result of :func:`compute`, and one array for each differentiable input, shaped like it.

    Examples
    --------
    >>> result, slopes = value_and_gradient("mse", [1.0, 3.0], [0.0, 0.0])
    >>> result.value, slopes["predictions"]
    (5.0, array([1., 3.]))
    """
    if is_recipe(loss):
        beside = {"weights": weights, "group": group}
        whole = _recipe(loss, inputs, dict(options), beside=beside)
        return whole, _recipe(loss, inputs, options, beside=beside, gradient=True)
    asked = Request(get(loss), _params(loss, options))
    given = _inputs_by_name(loss, options)
    chosen = _options(loss, options)
    (request,) = assign_inputs([asked], inputs, given, group, chosen)
    result, sinks = gradients.gradient(request, {}, _weights(weights), chosen)
    return result, {n: sink.array for n, sink in sinks.items() if isinstance(sink, ArraySink)}


def _recipe(
    name: str,
    inputs: Sequence[Any],
    given: dict[str, Any],
    *,
    beside: Mapping[str, Any],
    gradient: bool = False,
) -> Any:
    """Evaluate a recipe, or its gradient; YAML is read only when one is asked for."""
    from lossctl.objective import compose  # noqa: PLC0415
    from lossctl.objective.recipe import get_recipe  # noqa: PLC0415

    recipe = get_recipe(name)
    known = {param.name for param in recipe.params}
    for what, array in beside.items():
        if array is not None:
            raise UsageError(f"{what}: {recipe.id} is a recipe; say it for one part in a file")
    params = {key: given.pop(key) for key in list(given) if key in known}
    named = {one.name: given.pop(one.name) for one in recipe.inputs if one.name in given}
    for key in given:
        if key not in OPTIONS:
            every = [*OPTIONS, *known]
            hint = did_you_mean(key, every) or f"; options are {', '.join(every)}"
            raise UsageError(f"{recipe.id} has no parameter or option {key!r}{hint}")
    arrays = compose.name_arrays(name, inputs, named)
    sources = {role: as_source(array, role) for role, array in arrays.items()}
    options = Options(**given)
    if gradient:
        return compose.gradient(name, params, sources, options)
    return compose.compute(name, params, sources, options)


def run(
    path: str | Path,
    *,
    sets: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    threads: int | None = None,
) -> list[Any]:
    """Evaluate the objectives of a file, as ``lossctl run`` does.

    Parameters
    ----------
    path
        The configuration.
    sets
        ``key.path=value`` entries that take the place of those in the file.
    data
        Arrays that take the place of named data of the file.
    threads
        Worker threads; never changes a value.

    Returns
    -------
    list of Answer
        One a document: ``.total``, ``.components``, ``.to_dict()``.

    Raises
    ------
    UsageError, DataError
        With file, line and column.
    """
    from lossctl.objective.documents import load  # noqa: PLC0415
    from lossctl.objective.series import evaluate_series  # noqa: PLC0415

    given = {name: as_source(array, name) for name, array in (data or {}).items()}
    return [evaluate_series(one, threads, given) for one in load(Path(path), sets)]


def function(name: str) -> Callable[..., Any]:
    """Return a loss as a plain function of arrays: ``losses.huber(p, t, delta=2.0)`` → float."""
    if is_recipe(name):
        return lambda *inputs, **options: compute(name, *inputs, **options).value
    try:
        loss = get(name)
    except UsageError as error:
        raise AttributeError(str(error)) from None

    def evaluate_loss(*inputs: Any, **options: Any) -> Any:
        return compute(loss.id, *inputs, **options).value

    evaluate_loss.__name__ = evaluate_loss.__qualname__ = loss.id
    evaluate_loss.__doc__ = f"{loss.page.summary}\n\n{loss.page.formula}"
    return evaluate_loss


def losses() -> list[str]:
    """Return the ids of every loss."""
    return list(CATALOGUE)


def name_inputs(declared: Sequence[Loss], inputs: Sequence[Any]) -> dict[str, Source]:
    """Give positional inputs the names the losses declare.

    Raises
    ------
    UsageError
        When a loss needs more inputs, takes fewer, or two losses disagree about them.
    """
    first = declared[0]
    for loss in declared:
        names = [entry.name for entry in loss.inputs]
        needed = [entry.name for entry in loss.inputs if entry.default is None]
        if not len(needed) <= len(inputs) <= len(names):
            wanted = (
                " and ".join(names)
                if len(needed) == len(names)
                else (" and ".join(needed) + f" (and optionally {', '.join(names[len(needed) :])})")
            )
            raise UsageError(f"{loss.id} takes {wanted}; {len(inputs)} given")
    names = [entry.name for entry in first.inputs][: len(inputs)]
    return {name: as_source(array, name) for name, array in zip(names, inputs, strict=True)}


def assign_inputs(
    requests: Sequence[Request],
    inputs: Sequence[Any],
    named: Mapping[str, Any],
    group: Any,
    options: Options,
) -> list[Request]:
    """Return the requests with the variants of their losses and the inputs these read.

    Raises
    ------
    UsageError, DataError
        When what was given is not what a loss reads.
    """
    together = {} if group is None else {GROUP: as_source(group, GROUP)}
    losses = [request.loss for request in requests]
    if not named and not any(loss.is_record for loss in losses):
        shared = name_inputs(losses, inputs) | together
        return [request._replace(sources=shared) for request in requests]
    by_place = [as_source(array, numbered(place)) for place, array in enumerate(inputs)]
    by_name = {name: as_source(array, name) for name, array in named.items()}
    assigned = []
    for request in requests:
        variant, sources = assign(request.loss, by_place, by_name, options.axes)
        assigned.append(request._replace(loss=variant, sources=sources | together))
    return assigned


def _variants(loss: str) -> tuple[Loss, ...]:
    declared = get(loss)
    return (declared, *declared.variants)


def _params(loss: str, options: dict[str, Any]) -> dict[str, Any]:
    """Take the parameters of the loss out of the keywords, leaving inputs and options."""
    known = {param.name for one in _variants(loss) for param in one.params}
    return {name: options.pop(name) for name in list(options) if name in known}


def _inputs_by_name(loss: str, options: dict[str, Any]) -> dict[str, Any]:
    """Take the inputs of the loss out of the keywords, leaving the options."""
    others = [name for name in options if name not in OPTIONS]
    known = {entry.name for one in _variants(loss) for entry in one.inputs} if others else ()
    return {name: options.pop(name) for name in others if name in known}


def _options(loss: str, given: dict[str, Any]) -> Options:
    for name in given:
        if name not in OPTIONS:
            params = [param.name for one in _variants(loss) for param in one.params]
            known = [*OPTIONS, *params]
            hint = did_you_mean(name, known) or f"; options are {', '.join(known)}"
            raise UsageError(f"{get(loss).id} has no parameter or option {name!r}{hint}")
    return Options(**given)


def _weights(weights: Any) -> Source | None:
    return None if weights is None else as_source(weights, "weights")
