"""Build losses of tokens: functions of the sum of −log p over all of them, or over each sequence.

Read are the scores of the whole vocabulary with the ids of the tokens, or the log-probabilities
that were given to the tokens alone.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lossctl.core.domain import Interval, Param
from lossctl.core.loss import Array, Curve, Form, Input, Loss, Page, Pooled
from lossctl.core.spelling import option
from lossctl.kernels.numeric.rows import pick, put
from lossctl.kernels.probability.logistic import clipped_inverse, clipped_nll
from lossctl.kernels.probability.softmax import true_class_nll, true_class_slope

Function = Callable[..., Any]

TOKEN_SCORES = Input(
    "predictions",
    "item class",
    "score",
    "logits or probabilities of the vocabulary: (N, T, V), or (T, V)",
    differentiable=True,
)
TOKENS = Input("targets", "item", "label", "the id of each token: (N, T), or (T,)")
LOG_PROBABILITIES = Input(
    "predictions",
    "item",
    "log-probability",
    "log-probabilities of the tokens: (N, T), or (T,)",
    Interval(-np.inf, 0.0, "right"),
    differentiable=True,
)
MARGIN = Curve(
    "logit of the token minus that of one other token",
    -5.0,
    5.0,
    lambda x: {"predictions": [[x, 0.0]], "targets": [0]},
    "logits",
)


def token_loss(
    loss_id: str,
    *,
    title: str,
    finish: Function,
    finish_slope: Function,
    page: Page,
    params: tuple[Param, ...] = (),
    more: tuple[Input, ...] = (),
    notes: Function,
    statistics: Callable[..., Mapping[str, Any]] = lambda *_, **__: {},
    **declared: Any,
) -> Loss:
    """Declare a loss of tokens and its variant that reads log-probabilities alone.

    `finish(loss, weight, …)` takes the sums of −log p, of the tokens and of `statistics`, which
    are one number per token: ``statistics(*more, **params)``.
    """

    def rows(value: Function, slope: Function, kind: str) -> Form:
        def terms(scores: Array, tokens: Array, *others: Any, **params: Any) -> Mapping[str, Any]:
            return counted(value(scores, tokens), statistics(*others, **params))

        def vjp(
            scores: Array, tokens: Array, *_: Any, slopes: Any, **__: Any
        ) -> Mapping[str, Array]:
            return {"predictions": slopes["loss"] * slope(scores, tokens)}

        return Form("item class", kind, terms, vjp, order="memory")

    def terms(given: Array, *others: Any, **params: Any) -> Mapping[str, Any]:
        found = counted(-given, statistics(*others, **params))
        return {**found, "padding": (given == 0.0) | (given == -100.0)}

    def vjp(given: Array, *_: Any, slopes: Any, **__: Any) -> Mapping[str, Array]:
        slope = np.where(np.isnan(given), given, given.dtype.type(-1.0))
        return {"predictions": slopes["loss"] * slope}

    shared: dict[str, Any] = {
        "params": params,
        "finish": finish,
        "finish_slope": finish_slope,
        "reduction": Pooled(sequences=True),
        "notes": notes,
        **declared,
    }
    tasks = ("language",)
    variant = Loss(
        loss_id,
        title,
        tasks,
        (LOG_PROBABILITIES, *more),
        (Form("item", "values", terms, vjp),),
        page,
        counts=("padding",),
        **shared,
    )
    forms = (
        rows(true_class_nll, nll_of_logits_vjp, "logits"),
        rows(nll_of_probabilities, nll_of_probabilities_vjp, "probabilities"),
    )
    inputs = (TOKEN_SCORES, TOKENS, *more)
    return Loss(
        loss_id, title, tasks, inputs, forms, page, strict=True, variants=(variant,), **shared
    )


def counted(nll: Array, others: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the statistics of tokens: −log p, 1 for each, and others."""
    return {"loss": nll, "weight": np.ones_like(nll), **others}


def nll_of_logits_vjp(logits: Array, tokens: Array) -> Array:
    """softmax(z) − 1 for the token itself."""
    return true_class_slope(logits, tokens)


def nll_of_probabilities(probabilities: Array, tokens: Array) -> Array:
    """−log p of each token; infinite for p = 0."""
    return clipped_nll(pick(probabilities, tokens), 0.0)


def nll_of_probabilities_vjp(probabilities: Array, tokens: Array) -> Array:
    """−1/p for the token itself."""
    slope = np.zeros_like(probabilities)
    put(slope, tokens, -clipped_inverse(pick(probabilities, tokens), 0.0))
    return slope


def padding_note(*, padding: Any = 0.0, **_: Any) -> tuple[str, ...]:
    """Count the tokens whose log-probability is what arrays are padded with."""
    count = int(np.sum(padding))
    if not count:
        return ()
    tokens = "1 log-probability is" if count == 1 else f"{count} log-probabilities are"
    advice = f"leave padding out by weights of 0, or as NaN with {option('nan', 'omit')}"
    return (f"{tokens} exactly 0 or -100, counted as any other; {advice}",)
