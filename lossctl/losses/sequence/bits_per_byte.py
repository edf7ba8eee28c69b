"""Bits per byte of text."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, POSITIVE, Nullable, Param
from lossctl.core.errors import UsageError
from lossctl.core.loss import Curve, Example, Input, Page, Reference
from lossctl.losses.builders.tokens import MARGIN, padding_note, token_loss

LOG2 = math.log(2.0)
BYTES = Input("bytes", "item", "value", "bytes of text of each token", NONNEGATIVE, optional=True)


def byte_counts(given: Any, *, total_bytes: float | None) -> Mapping[str, Any]:
    """Return the bytes of each token as a statistic, none where a total stands for them.

    Raises
    ------
    UsageError
        When neither is given.
    """
    if total_bytes is not None:
        return {}
    if given is None:
        raise UsageError(
            "bits_per_byte: needs bytes, those of each token, or total_bytes, those of all"
        )
    return {"bytes": given}


def finish(*, loss: Any, total_bytes: float | None, **sums: Any) -> Any:
    """Divide Σ −log₂ p by the number of bytes.

    Raises
    ------
    UsageError
        When a total is to be shared among sequences.
    """
    if total_bytes is not None and np.ndim(loss):
        raise UsageError(
            "total_bytes: is that of all tokens; for means by sequence or batch give bytes, those "
            "of each token"
        )
    count = sums["bytes"] if total_bytes is None else total_bytes
    with np.errstate(divide="ignore", invalid="ignore"):  # text of no bytes
        return np.divide(loss, LOG2 * count)


def finish_slope(**sums: Any) -> Mapping[str, Any]:
    """1 / (log 2 · bytes); of no bytes nothing is asked."""
    total = np.asarray(finish(**{**sums, "loss": np.ones_like(sums["loss"])}))
    return {"loss": np.where(np.isfinite(total), total, 0.0)[()]}


BITS_PER_BYTE = token_loss(
    "bits_per_byte",
    title="Bits per byte",
    finish=finish,
    finish_slope=finish_slope,
    notes=padding_note,
    statistics=byte_counts,
    more=(BYTES,),
    params=(
        Param(
            "total_bytes",
            None,
            Nullable(POSITIVE),
            "Bytes of the whole text, in place of those of each token.",
        ),
    ),
    page=Page(
        summary="Bits per byte (BPB) of a language model: Σ −log₂ p(token) / Σ bytes of text",
        also_called=("bits per character",),
        curve=Curve(
            MARGIN.label, -5.0, 5.0, lambda x: {**MARGIN.inputs(x), "bytes": [1]}, MARGIN.kind
        ),
        formula="Σ −log₂ p(token) / Σ bytes(token)",
        use_when=("language models with different tokenizers are compared",),
        avoid_when=(
            "the bytes of the text are not known (use perplexity)",
            "a model is trained (use cross_entropy, whose minimum is the same)",
        ),
        expected={
            "perfect": "0: every token was certain",
            "chance": "8 for uniform predictions of bytes",
            "bad": "> 8",
        },
        references=(
            Reference(
                "Gao et al., The Pile: an 800GB dataset of diverse text for language modeling "
                "(2020)",
                "arXiv:2101.00027",
            ),
        ),
        examples=(
            Example.of(
                0.5,
                "log₂ 2 + log₂ 8 = 4 bits over 3 + 5 bytes",
                predictions=[-0.6931471805599453, -2.0794415416798357],
                bytes=[3, 5],
            ),
            Example.of(
                0.25,
                "two tokens of 1 bit each, in 8 bytes",
                {"total_bytes": 8},
                predictions=[[3.0, 3.0], [-1.0, -1.0]],
                targets=[0, 1],
            ),
        ),
        notes=(
            "bytes are those of UTF-8, counted before tokens are cut; ignored tokens do not count",
            "means by sequence and by batch, shift and padding are as for perplexity",
            "with total_bytes weights apply to the tokens, not to the bytes",
        ),
    ),
)
