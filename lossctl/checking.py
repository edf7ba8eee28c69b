"""The Python function :func:`lossctl.check`: a linter for predictions, targets and losses."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from lossctl.checks.description import SEVERAL, answers_of, describe
from lossctl.checks.facts import Facts, Value, row_of
from lossctl.checks.finding import Report
from lossctl.checks.gather import Gathering, facts_of_inputs
from lossctl.checks.levels import is_suspect
from lossctl.checks.reading import read_pairs
from lossctl.checks.registry import chosen
from lossctl.checks.repair import Repair
from lossctl.checks.rule import Rule
from lossctl.checks.run_rules import run_rules
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import OPTIONS, Options, options_for, require_use
from lossctl.core.result import Result
from lossctl.core.spelling import did_you_mean
from lossctl.data_places import DATA_NAMES, Data, Opened
from lossctl.elsewhere import elsewhere
from lossctl.engine.bind.inputs import bind_all, input_names
from lossctl.engine.evaluate import evaluate
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.totals import Observing
from lossctl.engine.sources import CachedSource, Source
from lossctl.evaluation import opened, places_of, request_of
from lossctl.io.id_differences import IdError
from lossctl.loss_specs import Spec, given_spec
from lossctl.losses.catalogue import get

NOT_READ = "the rows of the tables do not belong together"
NO_DATA = "no predictions and targets were given"
OF_PROBABILITIES = {"bce_with_logits": "bce"}
NORMAL = 1.959964  # half a 95 % interval in standard errors


class CheckRequest(NamedTuple):
    """What is checked.

    Attributes
    ----------
    data, spec, options
        The data, the loss or None, and options, as for ``compute``.
    rules
        The rules that are asked.
    repair
        Writes commands.
    series, log
        Predictions at every checkpoint, and a log of training, as for :func:`check`.
    written
        Files that are written, by their option, which must be no inputs.
    """

    data: Data
    spec: Spec | None
    options: Options
    rules: Sequence[Rule]
    repair: Repair
    series: Any = None
    log: Any = None
    written: Mapping[str, Sequence[Path]] = MappingProxyType({})


def check(
    *inputs: Any,
    loss: Any = None,
    select: Any = None,
    ignore: Any = None,
    series: Any = None,
    log: Any = None,
    options: Options | None = None,
    cluster: Any = None,
    insecure_cluster: bool = False,
    **keywords: Any,
) -> Report:
    """Look for mistakes in predictions and targets, and in the loss they are to be evaluated with.

    Parameters
    ----------
    *inputs
        Predictions and targets, or the inputs of the loss, as for :func:`lossctl.compute`.
    loss
        A loss as :func:`lossctl.compute` takes it; without one the data alone is checked.
    select, ignore
        Codes of rules to ask, or not to ask: ``"LC1"``, ``["LC101", "LC601"]``.
    series
        Predictions at every checkpoint: a pattern of files, ``"runs/*/preds.npy"``, or a list of
        files or arrays in the order of time. The loss of each is looked at over time; the targets
        are then the only input by place, or predictions to check stand before them.
    log
        A log of training, ``"history.csv::loss,val_loss"``, or values by name. Needs no other
        data.
    options
        All options at once, in place of single ones.
    cluster, insecure_cluster
        Workers of Dask that read the data, as for :func:`lossctl.compute`.
    **keywords
        Inputs by name, data (``weights``, ``table``, ``column``, …) and options (``input``,
        ``ignore_index``, …), as for :func:`lossctl.compute`.

    Returns
    -------
    Report
        ``.findings``, ``.passed``, ``.skipped`` and ``.to_dict()``.

    Raises
    ------
    UsageError, DataError
        For what cannot be read, or shapes that do not fit each other.

    Examples
    --------
    >>> import lossctl
    >>> report = lossctl.check([0.2, 0.9, 0.4, 0.6], [0, 1, 0, 1], loss="bce")
    >>> report.findings
    []
    """
    by_kind: dict[str, dict[str, Any]] = {"data": {}, "options": {}, "inputs": {}}
    spec = None if loss is None else given_spec(loss, inputs)
    names = input_names(_target(spec))
    for name, value in keywords.items():
        kind = "data" if name in DATA_NAMES else "options" if name in OPTIONS else "inputs"
        if kind == "inputs" and name not in names:
            known = [*DATA_NAMES, *OPTIONS, *names]
            raise UsageError(f"check has no option {name!r}{did_you_mean(name, known)}")
        by_kind[kind][name] = value
    chosen_options = Options(**by_kind["options"]) if options is None else options
    repair = Repair(
        loss=loss if isinstance(loss, str) else "", options=given_options(chosen_options)
    )
    data = Data(inputs, by_kind["inputs"], **by_kind["data"])
    rules = chosen(select, ignore)
    request = CheckRequest(data, spec, chosen_options, rules, repair, series, log)
    return check_data(request, elsewhere(gather, cluster, insecure=insecure_cluster))


def given_options(options: Options) -> dict[str, Any]:
    """Return the options that commands repeat: threads change nothing."""
    return {name: getattr(options, name) for name in options.changed if name != "threads"}


def check_data(request: CheckRequest, gathered: Callable[[CheckRequest], Facts]) -> Report:
    """Gather what is known of the data and ask the rules, which read nothing more."""
    if any(request.written.values()):
        _require_free(request)
    facts = gathered(request._replace(rules=(), written={}))
    unread = "" if facts.inputs else NOT_READ if facts.ids is not None else NO_DATA
    with np.errstate(over="ignore", invalid="ignore"):  # of numbers near the end of float64
        report = run_rules(request.rules, facts, unread)
    if facts.refusal and report.worst != "error":
        raise DataError(facts.refusal)
    return replace(
        report,
        description=describe(facts),
        refusal=facts.refusal,
        fitting=_fitting(facts) if request.spec is None else (),
        values=_values(request, facts),
    )


def _require_free(request: CheckRequest) -> None:
    """Refuse files to be written that are inputs, before any work."""
    from lossctl.io.output_places import check_outputs  # noqa: PLC0415 - files only
    from lossctl.series_reading import with_predictions  # noqa: PLC0415 - files only

    data, places = request.data, {"log": request.log}
    if request.series is not None and _has_predictions(data):
        places["series"] = request.series
    elif request.series is not None:
        data = with_predictions(data, request.series)
    check_outputs({**places, **places_of(data, [_target(request.spec)])}, [], request.written)


def gather(request: CheckRequest) -> Facts:
    """Read the data, evaluate the loss, and return what rules are asked about."""
    request, series = _with_series(request)
    if series and not (request.data.by_place or request.data.by_name or request.data.column):
        return Facts(series=series, repair=request.repair)
    try:
        facts = _gather_data(request)
    except IdError as error:
        facts = Facts(ids=error.difference, repair=request.repair, refusal=str(error))
    facts.series = series
    return facts


def _has_predictions(data: Data) -> bool:
    """Whether data beside a series has predictions of its own."""
    return len(data.by_place) > 1 or "predictions" in {*data.by_name, *(data.column or {})}


def _with_series(request: CheckRequest) -> tuple[CheckRequest, Mapping[str, Array]]:
    """Return the values over time, and the request with the last predictions if it has none."""
    if request.series is None and request.log is None:
        return request, {}
    from lossctl.series_reading import (  # noqa: PLC0415 - if asked for
        evaluate_series,
        read_log,
        with_predictions,
    )

    series: dict[str, Array] = {}
    data = request.data
    if request.log is not None:
        series |= read_log(request.log, data)
    if request.series is not None:
        has_own = _has_predictions(data)
        others = data._replace(by_place=data.by_place[1:]) if has_own else data
        specs = [] if request.spec is None else [request.spec]
        values, at = evaluate_series(request.series, specs, others, request.options)
        series |= values
        if not has_own:
            places = {**request.repair.places, "predictions": str(at[-1])}
            if request.repair.places:
                request = request._replace(repair=replace(request.repair, places=places))
            request = request._replace(data=with_predictions(data, at[-1]))
    return request, series


def _gather_data(request: CheckRequest) -> Facts:
    target, options = _target(request.spec), request.options
    if request.spec is not None and isinstance(target, Loss):
        require_use([target], options)
    places = places_of(request.data, [target])
    with opened(request.data, places, options) as inputs:
        ((bound, sources),) = bind_all([target], inputs.positional, inputs.named, options.axes)
        loss = bound if request.spec is not None and isinstance(bound, Loss) else None
        params = {} if request.spec is None else _params(request.spec, loss)
        reading_options = options if loss is None else options_for(loss, options)
        shared: dict[str, Source] = {n: CachedSource(source) for n, source in sources.items()}
        reading = read_pairs(loss, params, shared, inputs.weights, reading_options)
        gathering = None if reading is None else Gathering(reading)
        value, refusal = None, ""
        if request.spec is not None and not (reading is not None and reading.swapped):
            observing = None if gathering is None else gathering.observing
            value, refusal = _evaluate(request, bound, shared, inputs, observing)
        if gathering is None:
            facts = facts_of_inputs(shared, options.threads, loss)
        else:
            facts = gathering.facts(options.threads)
        facts.options, facts.repair = options, request.repair
        facts.where = partial(row_of, sources)
        facts.value, facts.refusal = value, refusal
        if request.spec is not None:
            facts.loss, facts.given = loss, frozenset(params)
            facts.params = {**({} if loss is None else loss.defaults), **params}
    return facts


def _target(spec: Spec | None) -> Any:
    """Return the loss or recipe; without one, a loss with the inputs that data have then."""
    return get("mse") if spec is None else spec.target


def _params(spec: Spec, loss: Loss | None) -> Mapping[str, Any]:
    if spec.preset is None or loss is None:
        return spec.params
    return {**spec.preset.params_of(loss), **spec.params}


def _evaluate(
    request: CheckRequest,
    target: Any,
    sources: Mapping[str, Source],
    inputs: Opened,
    observing: Callable[[Plan], Observing | None] | None,
) -> tuple[Value | None, str]:
    """Return the value of the loss, or why it has none; show its blocks to `observing`."""
    spec, options = request.spec, replace(request.options, context=True, interval=False)
    assert spec is not None  # noqa: S101 - asked for with a loss only
    evaluated = partial(evaluate, sources={}, weights=inputs.weights, digested=False)
    try:
        if isinstance(target, Loss):
            asked = request_of(spec, target, dict(sources), inputs)
            (result,) = evaluated([asked], options=options, observing=observing)
            if options.reduction == "mean" and is_suspect(target, result):
                exact = replace(options, interval=True)  # rules ask how far beyond the level it is
                (result,) = evaluated([asked], options=exact)
        else:
            from lossctl.objective import run  # noqa: PLC0415 - recipes only

            result = run.compute_recipe(target, spec.params, sources, options, inputs.weights)
    except DataError as error:
        return None, str(error)
    is_known = result.status == "ok" or isinstance(result.value, float)
    return (_value(result) if is_known else None), ""


def _value(result: Result) -> Value | None:
    if not isinstance(result.value, float):
        return None
    limits = result.interval
    error = math.nan if limits is None else (limits.high - limits.low) / (2.0 * NORMAL)
    return Value(result.value, error, result.input.kind, result.context, result.items)


def _fitting(facts: Facts) -> list[str]:
    """Return losses that fit the data, the recommended one first."""
    if facts.looks in SEVERAL:
        return list(SEVERAL[facts.looks].losses)
    answers = answers_of(facts)
    if answers is None:
        return []
    from lossctl.recommender.measure_labels import balance_word  # noqa: PLC0415 - without a loss
    from lossctl.recommender.recommend import recommend  # noqa: PLC0415

    if answers["task"] == "classification":
        answers["imbalance"] = balance_word(describe(facts).get("imbalance", 1.0))
    advice = recommend(**answers, no_input=True)
    specs = [advice.spec, *(choice.spec for choice, _ in advice.alternatives)]
    if facts.looks == "probabilities":
        specs = [OF_PROBABILITIES.get(spec, spec) for spec in specs]
        specs = [spec for spec in specs if "probabilities" in get(spec.partition(":")[0]).kinds]
    return list(dict.fromkeys(specs))


def _values(request: CheckRequest, facts: Facts) -> dict[str, float]:
    if request.spec is None or facts.value is None:
        return {}
    return {request.repair.loss or request.spec.target.id: facts.value.value}
