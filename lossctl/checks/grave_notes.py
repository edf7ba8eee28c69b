"""Notes of ``compute`` on data that cannot be right: grave rules, over a small sample of rows."""

import math

import numpy as np

from lossctl.checks.alignment import positive_class_inverted, rows_shifted, rows_unrelated
from lossctl.checks.block_statistics import (
    InputStatistics,
    PairStatistics,
    RowStatistics,
    of_block,
    of_pairs,
    of_rows,
)
from lossctl.checks.facts import Facts, Value
from lossctl.checks.gather import LABELS, look_of, one_each
from lossctl.checks.plausibility import worse_than_chance
from lossctl.checks.reading import PAIR, Reading, read_pairs
from lossctl.checks.repeated_activations import sigmoid_twice, softmax_twice
from lossctl.checks.run_rules import run_rules
from lossctl.checks.sample import Sample, take_sample
from lossctl.checks.scores import log_losses, log_probabilities
from lossctl.core.errors import LossctlError
from lossctl.core.options import Options, options_for
from lossctl.core.result import Result
from lossctl.engine.evaluate import Request
from lossctl.engine.sources import Source

ROWS, NUMBERS = 1024, 1 << 16  # of the sample, which costs little beside a small evaluation
LEAST_ROWS = 64  # fewer show nothing for sure
OF_DATA = (softmax_twice, sigmoid_twice, rows_unrelated, rows_shifted, positive_class_inverted)


@np.errstate(over="ignore", invalid="ignore")  # of numbers near the end of float64
def notes_on(
    request: Request, weights: Source | None, options: Options, result: Result
) -> list[str]:
    """Return what is gravely wrong with data that was evaluated, in sentences with their codes."""
    if not isinstance(result.value, float) or not math.isfinite(result.value):
        return []
    facts = facts_of(request, weights, options, result.input.kind)
    if facts is None:
        return []
    loss = request.loss
    facts.loss, facts.params, facts.options = loss, {**loss.defaults, **request.params}, options
    facts.value = _value(facts, result)
    report = run_rules([*OF_DATA, worse_than_chance], facts)
    own = f"{loss.id} is"  # notes begin with the loss already
    return [
        f"{each.message.replace(own, 'the value is', 1)} ({each.code} {each.name})"
        for each in report.findings
    ]


def facts_of(request: Request, weights: Source | None, options: Options, kind: str) -> Facts | None:
    """Return what a sample of the rows of a request shows; None where there are no pairs to show.

    `kind` is what the predictions were read as.
    """
    if request.sources is None or kind == "labels":  # labels say nothing of how sure a model is
        return None
    try:
        own = options_for(request.loss, options)
        reading = read_pairs(request.loss, request.params, request.sources, weights, own)
    except LossctlError:  # it was evaluated, but not as pairs
        return None
    if reading is None or reading.swapped:
        return None
    return facts_of_sample(reading, kind)


def facts_of_sample(
    reading: Reading, kind: str = "", rows: int = ROWS, numbers: int = NUMBERS
) -> Facts | None:
    """Return the facts that a sample of so many rows and numbers shows; None of too few rows.

    `kind` is what the predictions were read as, where they were.
    """
    plan, layout = reading.plan, reading.plan.fit.layout
    if not layout.item_shape or layout.rows < LEAST_ROWS:
        return None
    labels = plan.fit.targets in LABELS and reading.form != "values"
    ignored = plan.options.ignore_index if labels else None
    sample = take_sample(plan.sources, layout, ignored, rows, numbers)
    facts = Facts(
        form=reading.form,
        task=plan.fit.task,
        encoding=plan.fit.targets,
        axes=layout.axes,
        inputs={name: _statistics(plan.sources[name], sample, name) for name in PAIR},
        items=math.prod(layout.item_shape),
        item_shape=layout.item_shape,
        classes={"rows": layout.columns, "items": 2}.get(reading.form, 0),
        rows=_rows(reading, sample),
        pairs=_pairs(sample),
        sample=one_each(sample, reading.form),
    )
    facts.looks = kind if kind in {"labels", "log_probabilities"} else look_of(facts)
    return facts


def _statistics(source: Source, sample: Sample, name: str) -> InputStatistics:
    values = sample.predictions if name == "predictions" else sample.targets
    found = of_block(values[sample.counts], None, 0)
    found.label, found.shape, found.dtype = source.label, source.shape, source.dtype
    return found


def _rows(reading: Reading, sample: Sample) -> RowStatistics | None:
    if reading.form != "rows":
        return None
    seen = _statistics(reading.plan.sources["predictions"], sample, "predictions")
    scores, targets = sample.predictions[sample.counts], sample.targets[sample.counts]
    classes = targets if targets.ndim == 1 else targets.argmax(axis=1)
    return of_rows(scores, seen, classes, None, 0)


def _pairs(sample: Sample) -> PairStatistics | None:
    if sample.predictions.shape != sample.targets.shape:
        return None
    return of_pairs(sample.predictions[sample.counts], sample.targets[sample.counts], None)


def _value(facts: Facts, result: Result) -> Value:
    """Return the value with a standard error from the log losses of the sample."""
    return Value(
        float(result.value), _error(facts, result), result.input.kind, result.context, result.items
    )


def _error(facts: Facts, result: Result) -> float:
    sample = facts.sample
    if sample is None or facts.form == "values" or not sample.counts.any():
        return math.nan
    scores, targets = sample.predictions[sample.counts], sample.targets[sample.counts]
    with np.errstate(all="ignore"):
        if facts.form == "rows":
            logs = log_probabilities(facts)
            probabilities = None if logs is None else np.exp(logs[sample.counts])
        elif facts.looks == "logits":
            probabilities = 1.0 / (1.0 + np.exp(-scores))
        else:
            probabilities = scores
        if probabilities is None:
            return math.nan
        losses = log_losses(facts, probabilities, targets)
    return float(losses.std()) / math.sqrt(max(result.items, 1))
