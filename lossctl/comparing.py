"""The Python function :func:`lossctl.compare`: what it is given becomes models and data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.comparison_result import Comparisons
from lossctl.core.errors import UsageError
from lossctl.core.options import OPTIONS, Options
from lossctl.core.spelling import option, plural
from lossctl.core.urls import without_secrets, without_selector
from lossctl.data_places import DATA_NAMES, Data, in_table
from lossctl.elsewhere import elsewhere
from lossctl.engine.bind.inputs import input_names
from lossctl.engine.plan import GROUP, WEIGHTS
from lossctl.loss_specs import Spec, given_spec
from lossctl.losses.own import loss_of
from lossctl.model_comparison import TARGETS, CompareOptions, targets_of
from lossctl.model_comparison import compare as compare_models


def compare(
    *models: Any,
    targets: Any = None,
    loss: Any = (),
    metric: Any = (),
    names: Sequence[str] | None = None,
    items: bool = False,
    higher_is_better: bool = False,
    options: Options | None = None,
    written: Mapping[str, Sequence[Path]] | None = None,
    cluster: Any = None,
    insecure_cluster: bool = False,
    **keywords: Any,
) -> Comparisons:
    """Compare models with the first, the baseline: by how much they differ, and how sure that is.

    Parameters
    ----------
    *models
        The predictions of each, as for :func:`lossctl.compute`: arrays, or files. Or one mapping,
        ``{"old": old, "new": new}``.
    targets
        The same for all models; for `unpaired` a list, one for each.
    loss
        A loss as :func:`lossctl.compute` takes it, or a list of several.
    metric
        Metrics as :func:`lossctl.metric` takes them, or ``"accuracy,f1"``.
    names
        What the models are called.
    items
        Whether `models` are losses or scores of items that another tool computed: one number per
        row, and no targets.
    higher_is_better
        Whether `items` are scores, of which more is better.
    options
        All options at once, in place of single ones.
    written
        Files that the caller is going to write, by the name of an option: none may be an input.
    cluster, insecure_cluster
        Workers of Dask that read the data, as for :func:`lossctl.compute`.
    **keywords
        method
            ``auto`` (paired t for means, the delta method for functions of sums), ``t``, ``delta``,
            ``bootstrap``, ``permutation`` or ``mcnemar``.
        margin
            The largest difference that does not matter: a number, or ``"0.5%"`` of the baseline.
        cluster_by
            The cluster of each row, for rows that depend on each other; a column of `table`.
        serial
            Whether rows are in the order of time, each correlated with those before.
        unpaired
            Whether the models were evaluated on different rows.
        seed, replicates
            Of resampling.
        weights, group, table, column, id, …
            Data, as for :func:`lossctl.compute`; in a table, `column` names the models too:
            ``column={"old": "p_old", "new": "p_new", "targets": "y"}``.
        confidence, reduction, input, …
            Options, as for :func:`lossctl.compute`; other inputs of the losses by their names.

    Returns
    -------
    Comparisons
        ``.comparisons``, each with ``difference``, ``interval``, ``p_value`` and ``verdict``.

    Raises
    ------
    UsageError, DataError
        For models that cannot be compared: other rows, other items, another number of targets.

    Examples
    --------
    >>> import lossctl
    >>> old, new = [0.0, 0.0, 0.0, 0.0], [0.9, 2.1, 2.9, 4.1]
    >>> answer = lossctl.compare(old, new, targets=[1.0, 2.0, 3.0, 4.0], loss="mae")
    >>> answer.comparisons[0].verdict
    'better'
    """
    if cluster is not None:
        named = {"targets": targets, "loss": loss, "metric": metric, "names": names}
        named |= {"items": items, "higher_is_better": higher_is_better, "options": options}
        on_cluster = elsewhere(compare, cluster, insecure=insecure_cluster)
        return on_cluster(*models, written=written, **named, **keywords)
    asked, data_words, option_words, inputs = _sorted_out(keywords)
    specs = _specs(loss, metric, items=items, targets=targets, higher_is_better=higher_is_better)
    data = Data(by_name=inputs, **data_words)
    places, others = _places(models, names, data, specs)
    cluster_by = in_table(data.table, asked.cluster_by)
    others |= _targets(targets, list(places), unpaired=asked.unpaired)
    data = data._replace(by_name=others, group=in_table(data.table, data.group), column=None)
    chosen = Options(**option_words) if options is None else options
    asked = asked._replace(cluster_by=cluster_by)
    return compare_models(places, specs, data, chosen, asked, written=written)


def _specs(
    loss: Any, metric: Any, *, items: bool, targets: Any, higher_is_better: bool
) -> list[Spec]:
    """Return the losses, or the one that takes scores as they are."""
    if not items:
        if higher_is_better:
            raise UsageError(f"{option('higher_is_better')}: is said of {option('items')}")
        return measures(loss, metric)
    if targets is not None or _several(loss) or metric:
        raise UsageError(f"{option('items')}: scores are compared as they are, without a loss")
    return [spec_of_scores(higher_is_better=higher_is_better)]


def measures(loss: Any, metric: Any) -> list[Spec]:
    """Return the specs of losses and metrics as Python gives them, one or several of each."""
    specs = [one if isinstance(one, Spec) else given_spec(one, ()) for one in _several(loss)]
    if not metric:
        return specs
    from lossctl.metric_specs import metric_specs  # noqa: PLC0415 - most ask for losses

    return [*specs, *metric_specs(metric)]


def spec_of_scores(*, higher_is_better: bool) -> Spec:
    """Return the loss that takes scores as they are."""
    return Spec(replace(loss_of(score), higher_is_better=higher_is_better), {})


def score(predictions: Any) -> Any:
    """Take the score of each item as it is."""
    return predictions


def _places(
    models: Sequence[Any], names: Sequence[str] | None, data: Data, specs: Sequence[Spec]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return where the predictions of each model are, by its name, and where other inputs are."""
    others = dict(data.by_name)
    if len(models) == 1 and isinstance(models[0], Mapping):
        return dict(models[0]), others
    if data.table is None:
        called = names_of(models) if names is None else list(names)
        if len(called) != len(models) or len(set(called)) < len(called):
            raise UsageError(
                f"{option('names')}: {plural(len(called), 'name')} for "
                f"{plural(len(models), 'model')}; give each a name of its own"
            )
        return dict(zip(called, models, strict=True)), others
    known = {WEIGHTS, GROUP, *(name for spec in specs for name in input_names(spec.target))}
    columns = dict(data.column or {})
    if models or not columns:
        raise UsageError(
            f"{option('column')}: names the models of a table and the targets, such as "
            f"{option('column', {'old': 'p_old', 'new': 'p_new', 'targets': 'y'})}"
        )
    inputs = {name: columns.pop(name) for name in list(columns) if name in known}
    others |= {name: in_table(data.table, column) for name, column in inputs.items()}
    return {name: in_table(data.table, column) for name, column in columns.items()}, others


def _targets(targets: Any, names: Sequence[str], *, unpaired: bool) -> dict[str, Any]:
    """Return the places of the targets: one for all, or of unpaired models one each."""
    if targets is None:
        return {}
    several = isinstance(targets, Sequence) and not isinstance(targets, str)
    several = several and all(isinstance(one, str | Path) or np.ndim(one) for one in targets)
    if not (unpaired and several):
        return {TARGETS: targets}
    if len(targets) != len(names):
        raise UsageError(
            f"{option('targets')}: {plural(len(targets), 'place')} for "
            f"{plural(len(names), 'model')}; give one each"
        )
    return {targets_of(name): place for name, place in zip(names, targets, strict=True)}


def _sorted_out(
    keywords: Mapping[str, Any],
) -> tuple[CompareOptions, dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Tell how to compare, places of data, options and inputs from each other."""
    by_kind: list[dict[str, Any]] = [{}, {}, {}, {}]
    known = (CompareOptions._fields, DATA_NAMES, OPTIONS)
    for name, value in keywords.items():
        kind = next((at for at, names in enumerate(known) if name in names), 3)
        by_kind[kind][name] = value
    asked, data, options, inputs = by_kind
    return CompareOptions(**asked), data, options, inputs


def _several(loss: Any) -> list[Any]:
    if isinstance(loss, str) or not isinstance(loss, Sequence):
        return [loss]
    is_pair = isinstance(loss, tuple) and len(loss) == 2 and isinstance(loss[1], Mapping)
    return [loss] if is_pair else list(loss)


def names_of(places: Sequence[Any]) -> list[str]:
    """Name models by what differs in the names of their files, or by their columns.

    Raises
    ------
    UsageError
        When two are the same.
    """
    texts = [
        without_secrets(str(place)) if isinstance(place, str | Path) else "" for place in places
    ]
    for parts in (_columns(texts), _stems(texts), _folders(texts), texts):
        if len(set(parts)) == len(parts) and all(parts):
            return list(parts)
    if any(not text for text in texts):
        return (
            ["baseline", "model"]
            if len(texts) == 2
            else [f"model {number}" if number else "baseline" for number in range(len(texts))]
        )
    raise UsageError(
        f"{texts[0]}: is given twice; compare different files, or say {option('names')}"
    )


def _columns(texts: Sequence[str]) -> list[str]:
    files = {text.rpartition("::")[0] for text in texts}
    named = all("::" in text for text in texts) and len(files) == 1
    return [text.rpartition("::")[2] for text in texts] if named else [""]


def _stems(texts: Sequence[str]) -> list[str]:
    return [Path(without_selector(text)).name.partition(".")[0] for text in texts]


def _folders(texts: Sequence[str]) -> list[str]:
    return [Path(without_selector(text)).parent.name for text in texts]
