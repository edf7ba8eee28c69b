"""The Python API: everything the command line does, with the same names and numbers."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.core.options import OPTIONS, Options, describe_options
from lossctl.core.result import Result
from lossctl.core.spelling import did_you_mean
from lossctl.data_places import DATA_NAMES, Data
from lossctl.engine.bind.inputs import input_names
from lossctl.engine.sources import of_lists
from lossctl.evaluation import NOTHING, Outputs, differentiate
from lossctl.evaluation import evaluate as evaluate_specs
from lossctl.loss_specs import Spec, given_parts, given_spec, params_of, resolve
from lossctl.losses.catalogue import CATALOGUE, called, own_id
from lossctl.small_calls import key_of, recall, remember

if TYPE_CHECKING:
    from lossctl.bound_loss import BoundLoss

OUTPUT_NAMES = ("per_item", "per_item_format", "gradient_summary")
DEFAULTS = Options()
LISTS = (list, tuple)
Function = TypeVar("Function", bound=Callable[..., Any])
Answer = TypeVar("Answer")


def _with_options(function: Function) -> Function:
    """Put the table of options into a docstring."""
    if function.__doc__:  # there is none under -OO
        indented = describe_options().replace("\n", "\n        ")
        function.__doc__ = function.__doc__.replace("{options}", indented)
    return function


@_with_options
def compute(loss: Any, *inputs: Any, **keywords: Any) -> Result:
    """Compute one loss.

    Parameters
    ----------
    loss
        Name, alias or spec (``"huber:delta=0.5"``) of a loss or a recipe, a ``Loss``, or a
        function of arrays (see :func:`lossctl.loss`).
    *inputs
        Predictions and targets, in the order the loss declares: arrays, nested lists, frames and
        series of pandas and polars, tensors, or places to read from. A str or a Path is always a
        place: ``"preds.npy"``, ``"scores.csv::p_*"``, ``"part-*.npy"``, ``"s3://bucket/p.npy"``.
        Any shape the loss reads: elementwise losses take arrays of the same shape; class losses
        (N, C) with (N,), (N, C, H, W) with (N, H, W), (N, T, C) with (N, T), or one-hot and soft
        targets of the predictions' shape. Losses of other inputs (``lossctl.show("triplet")``)
        also take them by name.
    **keywords
        Parameters of the loss (``gamma=2.0``), its inputs by name, options, and:

        weights
            Non-negative weight of each item, or of each entry of the first axes. The mean divides
            by their sum.
        group
            One number per item: items with equal numbers form a group, for losses that compare the
            items of a group (see also ``batch_size``).
        table, column
            A file or a data frame that holds every input, and the columns of each input:
            ``table="t.csv", column={"predictions": "p_*", "targets": "y"}``; a list of names may
            replace the pattern.
        id
            Column by which the rows of several tables are aligned.
        header, delimiter, decimal, stdin_format
            How text is read: whether tables have a header, the delimiter of columns, the decimal
            separator (``decimal=","``), and the format of standard input (the place ``"-"``).
        per_item, per_item_format
            File (.npy, .csv, .jsonl or .parquet) to write the loss of each item to, with its number
            and, with `id`, its id; or a binary stream, in the format that is said, ``"csv"`` if
            none is.
        gradient_summary
            Whether the result has ``.gradients``: norm, greatest entry and its place, shares of
            entries that vanish and of those at the greatest, NaN and infinities, by input.
        cluster, insecure_cluster
            Workers of Dask that read the files: ``"local:2"`` for processes on this machine,
            ``"tcp://127.0.0.1:8786"``, ``"tls://host:8786"``, a scheduler file, or a
            ``distributed.Client``; and whether a scheduler on another machine needs no encryption.

        {options}

    Returns
    -------
    Result
        ``.value`` is a float, or an array of item losses for ``reduction="none"``.

    Raises
    ------
    UsageError
        For an unknown loss, parameter, option or file, or a value outside its range.
    DataError
        For inputs whose shapes do not match, or that cannot be evaluated.

    Examples
    --------
    >>> import lossctl
    >>> lossctl.compute("mae", [1.0, 2.0, 3.0], [1.5, 2.5, 3.5]).value
    0.5
    """
    if "cluster" in keywords:
        return _on_cluster(compute, loss, *inputs, **keywords)
    key, inputs = _key_and_inputs(loss, inputs, keywords)
    if (call := recall(key)) is not None:
        return call.evaluate(inputs, keywords)
    spec, data, outputs, options = _read_call(loss, inputs, keywords)
    (result,) = evaluate_specs([spec], data, options, outputs)
    remember(key, spec, data, options, outputs)
    return result


def _key_and_inputs(
    loss: Any, inputs: tuple[Any, ...], keywords: Any, *, gradient: bool = False
) -> tuple[Any, tuple[Any, ...]]:
    """Return the key of a call, None where it has none, and its inputs with arrays for lists."""
    key = key_of(loss, inputs, keywords, gradient=gradient)
    if key is None:  # what holds no lists, as most, is not looked at twice
        inputs = tuple([of_lists(each) if type(each) in LISTS else each for each in inputs])
        key = key_of(loss, inputs, keywords, gradient=gradient)
    return key, inputs


def evaluate(
    losses: Sequence[Any], *inputs: Any, metrics: Any = None, **keywords: Any
) -> list[Result]:
    """Compute several losses and recipes, the losses in one pass over the data.

    Parameters
    ----------
    losses
        Names, specs (``"huber:delta=0.5"``), ``Loss`` objects, or pairs of one of these and its
        parameters.
    *inputs, **keywords
        As for :func:`compute`, but for parameters; options apply to every loss.
    metrics
        Metrics beside the losses, as :func:`metric` takes them, or ``"accuracy,f1"``; `losses` may
        then be empty.

    Returns
    -------
    list of Result
        One for each loss, in the same order, then one for each metric.

    Examples
    --------
    >>> results = evaluate(["mse", ("huber", {"delta": 0.5})], [1.0, 2.0], [0.0, 0.0])
    >>> [result.value for result in results]
    [2.5, 0.625]
    """
    if "cluster" in keywords:
        return _on_cluster(evaluate, losses, *inputs, metrics=metrics, **keywords)
    if isinstance(losses, str) or not isinstance(losses, Sequence):
        raise UsageError("losses must be a list, such as ['mse', 'huber:delta=0.5']")
    specs = [given_spec(loss, inputs) for loss in losses]
    if metrics is not None:
        from lossctl.metric_specs import metric_specs  # noqa: PLC0415 - most ask for losses

        specs += metric_specs(metrics)
    if not specs:
        raise UsageError("no loss was asked for")
    _, data, outputs, options = _sorted_out(specs, inputs, keywords, with_params=False)
    return evaluate_specs(specs, data, options, outputs)


def metric(metric: Any, *inputs: Any, **keywords: Any) -> Result:
    """Compute one metric, by scikit-learn's definition.

    Parameters
    ----------
    metric
        Name or spec of a metric (``"f1"``, ``"fbeta:beta=2"``; ``lossctl.catalogue(metrics=True)``
        lists them), scikit-learn's or torchmetrics' name of it, or the name of a loss.
    *inputs, **keywords
        As for :func:`compute`; predictions come first and targets second. Parameters of metrics
        (``average="macro"``, ``threshold=0.3``) are keywords.

    Returns
    -------
    Result
        ``.value``; ``.direction`` says whether ``higher`` or ``lower`` is better.

    Raises
    ------
    UsageError, DataError
        As for :func:`compute`.

    Examples
    --------
    >>> import lossctl
    >>> lossctl.metric("accuracy", [0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0]).value
    0.75
    >>> lossctl.metric("f1", ["cat", "dog", "cat"], ["cat", "dog", "dog"], average="macro").value
    0.6666666666666666
    """
    if "cluster" in keywords:
        (result,) = _on_cluster(evaluate, [], *inputs, metrics=[metric], **keywords)
        return result
    from lossctl.metric_specs import metric_specs  # noqa: PLC0415 - most ask for losses

    specs = metric_specs(metric)
    if len(specs) != 1:
        raise UsageError(f"{metric!r}: is not a single metric; for several use evaluate(metrics=…)")
    params, data, outputs, options = _sorted_out(specs, inputs, keywords)
    (result,) = evaluate_specs([specs[0]._replace(params=params)], data, options, outputs)
    return result


def gradient(loss: Any, *inputs: Any, **keywords: Any) -> dict[str, Array]:
    """Compute the gradient of one loss with respect to its differentiable inputs.

    Parameters
    ----------
    loss, *inputs, **keywords
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
    return value_and_gradient(loss, *inputs, **keywords)[1]


def value_and_gradient(loss: Any, *inputs: Any, **keywords: Any) -> tuple[Result, dict[str, Array]]:
    """Compute one loss and its gradient together, reading the data once where that is possible.

    Parameters
    ----------
    loss, *inputs, **keywords
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
    key, inputs = _key_and_inputs(loss, inputs, keywords, gradient=True)
    if (call := recall(key)) is not None:
        return call.differentiate(inputs, keywords)
    spec, data, outputs, options = _read_call(loss, inputs, keywords)
    if outputs.per_item is not None:
        raise UsageError("per_item: is for compute; gradient does not write it")
    found = differentiate(spec, data, options)
    remember(key, spec, data, options, outputs)
    return found


def bind(loss: Any, *inputs: Any, **keywords: Any) -> "BoundLoss":
    """Bind a loss to its targets, for a training loop.

    Everything that does not depend on predictions is done once: priors of classes and weights are
    measured, shapes are matched in the first call. How predictions are read never depends on their
    values: a loss that reads logits reads logits, unless ``input="probabilities"`` is given.

    Parameters
    ----------
    loss
        As for :func:`compute`, but no recipe.
    *inputs
        The inputs without a gradient, in declared order: the targets. They are copied.
    **keywords
        As for :func:`compute`: parameters, inputs by name, ``weights``, ``group``, options.

    Returns
    -------
    BoundLoss
        ``value, gradient = f(predictions)``: a float, and an array shaped like the predictions.

    Raises
    ------
    UsageError, DataError
        As for :func:`compute`.

    Examples
    --------
    >>> f = bind("mse", [0.0, 0.0])
    >>> value, slope = f([1.0, 3.0])
    >>> value, slope
    (5.0, array([1., 3.]))
    """
    spec, data, outputs, options = _read_call(loss, inputs, keywords)
    if outputs.per_item is not None:
        raise UsageError("per_item: is for compute; bind does not write it")
    from lossctl.bound_loss import bind_spec  # noqa: PLC0415 - training loops only

    return bind_spec(spec, data, options)


def function(name: str) -> Callable[..., Any]:
    """Return a loss as a plain function of arrays: ``losses.huber(p, t, delta=2.0)`` → float."""
    try:
        target = resolve(name)
    except UsageError as error:
        raise AttributeError(str(error)) from None

    absent = {*input_names(target)}

    def evaluate_loss(*inputs: Any, **keywords: Any) -> Any:
        while inputs and inputs[-1] is None:  # the default of an input that may be left out
            inputs = inputs[:-1]
        present = {
            n: value for n, value in keywords.items() if value is not None or n not in absent
        }
        asked = target if own_id(name) is not None else name
        return compute(asked, *inputs, **present).value

    from lossctl.function_docs import docstring_of, signature_of  # noqa: PLC0415 - cached by name

    evaluate_loss.__name__ = evaluate_loss.__qualname__ = target.id
    evaluate_loss.__module__ = "lossctl.losses"
    evaluate_loss.__doc__ = docstring_of(target)
    vars(evaluate_loss).update(__signature__=signature_of(target), __wrapped_loss__=target)
    return evaluate_loss


def losses() -> list[str]:
    """Return the ids of every loss."""
    return list(CATALOGUE)


def _on_cluster(
    function: Callable[..., Answer],
    *args: Any,
    cluster: Any,
    insecure_cluster: bool = False,
    **keywords: Any,
) -> Answer:
    """Call a function of this module, whose blocks workers evaluate."""
    from lossctl.elsewhere import elsewhere  # noqa: PLC0415 - most calls are not on a cluster

    return elsewhere(function, cluster, insecure=insecure_cluster)(*args, **keywords)


def _read_call(
    loss: Any, inputs: Sequence[Any], keywords: dict[str, Any]
) -> tuple[Spec, Data, Outputs, Options]:
    """Return the loss of a call with its parameters, and where everything else is."""
    spec, keywords = _called(loss, inputs, keywords)
    params, data, outputs, options = _sorted_out([spec], inputs, keywords)
    return spec._replace(params=params), data, outputs, options


def _called(
    loss: Any, inputs: Sequence[Any], keywords: dict[str, Any]
) -> tuple[Spec, dict[str, Any]]:
    """Return the spec of a call and its keywords, translated if the name is another library's."""
    spec = given_spec(loss, inputs)
    if spec.preset is None or not keywords:
        return spec, keywords
    name, params = given_parts(loss)
    if both := [each for each in params if each in keywords]:
        raise UsageError(f"{name}: {both[0]} is given twice, in the spec and as a keyword")
    target, given, preset = called(name, {**params, **keywords})
    return Spec(target, {}, preset), dict(given)


def _sorted_out(
    specs: Sequence[Spec],
    inputs: Sequence[Any],
    keywords: Mapping[str, Any],
    *,
    with_params: bool = True,
) -> tuple[dict[str, Any], Data, Outputs, Options]:
    """Tell parameters, inputs, places of data, files to write and options from each other."""
    if not keywords:
        return dict(specs[0].params), Data(inputs), NOTHING, DEFAULTS
    targets = [spec.target for spec in specs]
    params = set(params_of(targets[0])) if with_params else set()
    by_kind: dict[str, dict[str, Any]] = {"params": {}, "data": {}, "outputs": {}, "options": {}}
    by_name = {}
    names: set[str] | None = None
    for name, value in keywords.items():
        if name in params:
            if name in specs[0].params:
                raise UsageError(
                    f"{targets[0].id}: {name} is given twice, in the spec and as a keyword"
                )
            by_kind["params"][name] = value
        elif name in OPTIONS and not _is_input(name, targets):
            by_kind["options"][name] = value
        elif name in DATA_NAMES:
            by_kind["data"][name] = value
        elif name in OUTPUT_NAMES:
            by_kind["outputs"][name] = value
        else:
            names = names or {known for target in targets for known in input_names(target)}
            if name not in names:
                raise _unknown(name, targets[0], with_params=with_params)
            by_name[name] = value
    return (
        {**specs[0].params, **by_kind["params"]},
        Data(inputs, by_name, **by_kind["data"]),
        Outputs(**by_kind["outputs"]),
        Options(**by_kind["options"]),
    )


def _is_input(name: str, targets: Sequence[Any]) -> bool:
    """Whether an option's name is that of an input: the positive of a triplet is none."""
    return name == "positive" and any(name in input_names(target) for target in targets)


def _unknown(name: str, target: Any, *, with_params: bool) -> UsageError:
    known = [*OPTIONS, *(params_of(target) if with_params else []), *DATA_NAMES, *OUTPUT_NAMES]
    hint = _called_here(name) or did_you_mean(name, [*known, *input_names(target)])
    more = hint or f"; options are {', '.join(known)}"
    return UsageError(f"{target.id} has no parameter or option {name!r}{more}")


def _called_here(name: str) -> str:
    from lossctl.losses.framework_names import called_here  # noqa: PLC0415 - errors only

    ours = called_here(name)
    return f"; {name} of other libraries is called {ours} here" if ours else ""
