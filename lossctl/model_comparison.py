"""Compare models on the same data: open them, sum them in one pass, word the answer.

Models are sets of predictions with names, the first of which is the baseline; what else a loss
reads is the same for all. Scores of items that another tool wrote are compared as they are.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from lossctl.comparison_result import Comparisons, SliceComparison
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Loss
from lossctl.core.options import Options, require_use
from lossctl.core.spec import amount, labels
from lossctl.core.spelling import option
from lossctl.data_places import Data, Opened
from lossctl.engine.bind.inputs import bind
from lossctl.engine.categories import categories_of
from lossctl.engine.digests import Digests
from lossctl.engine.evaluate import finish, first_plan
from lossctl.engine.model_pairs import Compared, compare_models
from lossctl.engine.pair_methods import METHODS, How
from lossctl.engine.pair_reducers import Clusters
from lossctl.engine.plan import GROUP, WEIGHTS, Plan
from lossctl.engine.reduce.units import units_of
from lossctl.engine.shown_intervals import Shown
from lossctl.evaluation import opened, request_of
from lossctl.loss_specs import Spec
from lossctl.slicing import column_places, least_of, slicings_of
from lossctl.uncertainty.comparison import Comparison, compared, is_significant, one_sided_gate
from lossctl.uncertainty.intervals import Limits
from lossctl.uncertainty.paired import Difference, PairCounts
from lossctl.uncertainty.several import holm, holm_comparisons, letters

TARGETS = "targets"
CLUSTERS = "cluster_by"
MOST_LETTERED = 12  # models of which every pair is compared: 66 of them
SLICE_METHODS = ("auto", "t", "delta")
RESERVED = (TARGETS, WEIGHTS, GROUP, CLUSTERS)


class CompareOptions(NamedTuple):
    """How models are to be compared.

    Attributes
    ----------
    method
        One of `METHODS`.
    margin
        The largest difference that does not matter: a number, or ``"0.5%"`` of the baseline.
    cluster_by
        Where the cluster of each row is, for rows that are not independent.
    serial
        Whether rows are in the order of time.
    unpaired
        Whether models were evaluated on different rows, each with targets of its own.
    seed, replicates
        Of resampling.
    """

    method: str = "auto"
    margin: float | str = 0.0
    cluster_by: Any = None
    serial: bool = False
    unpaired: bool = False
    seed: int = 0
    replicates: int | None = None


def compare(
    models: Mapping[str, Any],
    specs: Sequence[Spec],
    data: Data,
    options: Options,
    asked: CompareOptions,
    *,
    written: Mapping[str, Sequence[Path]] | None = None,
) -> Comparisons:
    """Compare models with the first of them.

    Parameters
    ----------
    models
        Where the predictions of each model are, by its name.
    specs
        The losses.
    data
        Where targets, weights and whatever else the losses read is: all of it by name.
    options
        How inputs are read.
    asked
        How models are compared.
    written
        The files that the caller is going to write, by their option: none may be an input.

    Raises
    ------
    UsageError, DataError
        For names, options, files and shapes that cannot be compared.
    """
    _require(models, specs, asked)
    places = {**models, **data.by_name}
    beside = {WEIGHTS: data.weights, GROUP: data.group, CLUSTERS: asked.cluster_by}
    places |= {name: place for name, place in beside.items() if place is not None}
    if data.by is not None or data.bins:
        places |= column_places(data, data.by_name.get(TARGETS))
    if data.by is not None or data.bins or data.by_class:
        _require_slices(asked)
    if written:
        from lossctl.io.output_places import input_places, require_free  # noqa: PLC0415 - files only

        require_free(written, input_places(places))
    with opened(data, places, options) as inputs:
        return _compared(list(models), specs, inputs, _Request(data, options, asked))


def _require(models: Mapping[str, Any], specs: Sequence[Spec], asked: CompareOptions) -> None:
    if len(models) < 2:
        raise UsageError("compare takes a baseline and at least one other model")
    if taken := [name for name in models if name in RESERVED]:
        raise UsageError(f"a model cannot be called {taken[0]}; name it with {option('names')}")
    if not specs:
        raise UsageError(f"say by which loss with {option('loss')}")
    if asked.method not in METHODS:
        raise UsageError(f"{option('method', asked.method)}: methods are {', '.join(METHODS)}")
    for spec in specs:
        if not isinstance(spec.target, Loss):
            raise UsageError(
                f"{spec.target.id} is a recipe; compare its losses, one with {option('loss')} each"
            )


def _require_slices(asked: CompareOptions) -> None:
    """Refuse what slices are not compared by: they have the paired t test and the delta method."""
    if asked.unpaired:
        raise UsageError(f"{option('unpaired')}: models of different rows have no slices in common")
    if asked.serial:
        raise UsageError(
            f"{option('serial')}: rows of a slice do not follow each other; say what depends on "
            f"each other with {option('cluster_by')}"
        )
    if asked.method not in SLICE_METHODS:
        raise UsageError(
            f"{option('method', asked.method)}: slices are compared by {', '.join(SLICE_METHODS)}"
        )


class _Request(NamedTuple):
    """What is asked of the models: where data is, how it is read, how they are compared."""

    data: Data
    options: Options
    asked: CompareOptions


class _Pair(NamedTuple):
    """The comparison of a model with the baseline by one loss."""

    loss: str
    model: str
    compared: Compared
    higher_is_better: bool


class _Wording(NamedTuple):
    """What every comparison of a request shares."""

    baseline: str
    confidence: float
    margin: float | str

    def of(self, pair: _Pair, difference: Difference, counts: PairCounts | None) -> Comparison:
        """Word one difference."""
        return compared(
            difference,
            loss=pair.loss,
            names=(self.baseline, pair.model),
            confidence=self.confidence,
            margin=margin_of(self.margin, difference),
            counts=counts,
            higher_is_better=pair.higher_is_better,
        )

    def gate_of(self, pair: _Pair) -> str:
        """Return whether a model is worse, by a one-sided test."""
        return one_sided_gate(
            pair.compared.difference,
            self.confidence,
            margin_of(self.margin, pair.compared.difference),
            higher_is_better=pair.higher_is_better,
        )

    def slices_of(self, pair: _Pair) -> list[SliceComparison]:
        """Word the differences in slices, the worst first, with one correction for all of them."""
        slices = pair.compared.slices
        worded = holm_comparisons([self.of(pair, each.difference, None) for each in slices])
        found = [
            SliceComparison(each.by, each.name, comparison, _limits(each.own), each.own.alike)
            for each, comparison in zip(slices, worded, strict=True)
        ]
        sign = 1.0 if pair.higher_is_better else -1.0
        return sorted(found, key=lambda one: (one.by, sign * one.comparison.difference))


def _limits(own: Shown) -> Limits | None:
    return None if own.interval is None else (own.interval.low, own.interval.high)


def _compared(
    names: Sequence[str], specs: Sequence[Spec], inputs: Opened, request: _Request
) -> Comparisons:
    data, options, asked = request
    losses = [spec.target for spec in specs]
    require_use(losses, options)
    digests = Digests()
    plans = [_plans(spec, inputs, names, options, digests) for spec in specs]
    how = How(
        asked.method,
        None,
        asked.serial,
        asked.unpaired,
        options.confidence,
        asked.replicates,
        asked.seed,
        least_of(data),
    )
    # a row may be a unit of one loss and several of another
    hows = [how._replace(clusters=_clusters(inputs, models[0])) for models in plans]
    makers = slicings_of(data, inputs)
    slicings = [[make(models[0]) for make in makers] for models in plans]
    with_first = [(0, other) for other in range(1, len(names))]
    others = list(combinations(range(1, len(names)), 2)) if len(names) <= MOST_LETTERED else []
    resolved, differences = compare_models(plans, [*with_first, *others], hows, slicings)
    values = [[finish(done, None) for done in models] for models in resolved]
    called = labels([models[0] for models in values])
    pairs = [
        _Pair(called[at], name, each, specs[at].target.higher_is_better)
        for at, of_loss in enumerate(differences)
        for name, each in zip(names[1:], of_loss, strict=False)
    ]
    wording = _Wording(names[0], options.confidence, asked.margin)
    found = [wording.of(pair, pair.compared.difference, pair.compared.counts) for pair in pairs]
    return Comparisons(
        tuple(holm_comparisons(found)),
        {name: tuple(models[at] for models in values) for at, name in enumerate(names)},
        (*inputs.notes, *dict.fromkeys(note for pair in pairs for note in pair.compared.notes)),
        tuple(map(wording.gate_of, pairs)),
        tuple(tuple(wording.slices_of(pair)) for pair in pairs),
        asked.margin,
        _letters(called, names, specs, differences, options.confidence) if others else {},
    )


def _letters(
    called: Sequence[str],
    names: Sequence[str],
    specs: Sequence[Spec],
    differences: Sequence[Sequence[Compared]],
    confidence: float,
) -> dict[str, dict[str, str]]:
    """Return by loss which models do not differ, after one correction for all pairs and losses."""
    pairs = [(0, other) for other in range(1, len(names))]
    pairs += combinations(range(1, len(names)), 2)
    flat = [each.difference for of_loss in differences for each in of_loss]
    adjusted = iter(holm([difference.p_value for difference in flat]))
    found = {}
    for label, spec, of_loss in zip(called, specs, differences, strict=True):
        values = {names[0]: of_loss[0].difference.baseline}
        values |= {n: each.difference.model for n, each in zip(names[1:], of_loss, strict=False)}
        best_first = sorted(names, key=values.__getitem__, reverse=spec.target.higher_is_better)
        different = [
            (names[one], names[other])
            for (one, other), p in zip(pairs, adjusted, strict=False)
            if is_significant(p, confidence)
        ]
        found[label] = letters(best_first, different)
    return found


def _plans(
    spec: Spec, inputs: Opened, names: Sequence[str], options: Options, digests: Digests
) -> list[Plan]:
    """Plan every model; where they predict labels, the classes are those of all of them."""
    plans = [_plan(spec, inputs, name, options, digests) for name in names]
    labels_of_each = {plan.fit.labels for plan in plans}
    if len(labels_of_each) == 1:
        return plans
    if None in labels_of_each:
        raise DataError(
            f"{spec.target.id}: some models predict labels and others scores; give all of one kind"
        )
    every = {label for labels in labels_of_each for label in labels or ()}
    known = tuple(sorted(every))
    return [_plan(spec, inputs, name, options, digests, known=known) for name in names]


def _plan(
    spec: Spec,
    inputs: Opened,
    name: str,
    options: Options,
    digests: Digests,
    *,
    known: tuple[Any, ...] | None = None,
) -> Plan:
    """Bind the predictions of one model, and everything else by its name."""
    beside = {CLUSTERS, *RESERVED[1:]}
    others = {
        entry.name: inputs.named[entry.name]
        for entry in spec.target.inputs
        if entry.name in inputs.named and entry.name not in beside
    }
    own = {"predictions": inputs.named[name]}
    if (own_targets := inputs.named.get(targets_of(name))) is not None:
        own[TARGETS] = own_targets
    target, sources = bind(spec.target, [], {**others, **own}, options.axes)
    request = request_of(spec, target, sources, inputs)._replace(known_labels=known)
    return first_plan(request, {}, inputs.weights, options, digests=digests)


def targets_of(model: str) -> str:
    """Return what the targets of one model are called, where models have different rows."""
    return f"targets of {model}"


def _clusters(inputs: Opened, plan: Plan) -> Clusters | None:
    source = inputs.named.get(CLUSTERS)
    if source is None:
        return None
    units, threads = units_of(plan).count, plan.options.threads
    found = categories_of(source, units, option(CLUSTERS), threads)
    if len(found.names) < 2:
        raise DataError(f"{source.label}: holds one cluster; at least two are needed")
    return Clusters(found.codes, len(found.names))


def margin_of(margin: float | str, difference: Difference) -> float:
    """Return the margin in units of the loss; a percentage is one of the baseline's value.

    Raises
    ------
    UsageError
        For what is no number of at least 0.
    """
    return amount(margin, f"{option('margin')} {margin}").of(difference.baseline)
