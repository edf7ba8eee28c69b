"""Perplexity of tokens."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lossctl.core.loss import Example, Page, Reference
from lossctl.core.spelling import option
from lossctl.kernels.numeric.primitives import exp
from lossctl.losses.builders.tokens import MARGIN, padding_note, token_loss

HUGE = math.log(1e12)  # of −log p, on average: no vocabulary has as many tokens


def finish(*, loss: Any, weight: Any, **_: Any) -> Any:
    """Return exp of the mean −log p; infinite beyond float64."""
    with np.errstate(over="ignore"):
        return exp(loss / weight)


def finish_slope(*, loss: Any, weight: Any, **_: Any) -> Mapping[str, Any]:
    """Exp of the mean, divided by the number of tokens; of no tokens nothing is asked."""
    count = np.where(weight > 0.0, weight, 1.0)
    return {"loss": finish(loss=loss, weight=count) / count}


def notes(*, loss: Any, weight: Any, **sums: Any) -> tuple[str, ...]:
    """Say what makes a perplexity huge, and count what may be padding."""
    mean = float(np.sum(loss) / np.sum(weight))
    if not HUGE < mean < math.inf:
        return padding_note(**sums)
    huge = f"the perplexity is e^{mean:.6g}, more than any vocabulary has tokens"
    advice = f"are the ids those of the next tokens (else {option('shift', value=True)})?"
    if "padding" in sums:  # of log-probabilities alone
        advice = "are they natural logarithms of the tokens' probabilities?"
    return (f"{huge}: {advice}", *padding_note(**sums))


PERPLEXITY = token_loss(
    "perplexity",
    title="Perplexity",
    finish=finish,
    finish_slope=finish_slope,
    notes=notes,
    context="tokens",
    page=Page(
        summary="Perplexity of a language model: exp(mean of −log p(token))",
        curve=MARGIN,
        formula="exp(Σ −log p(token) / number of tokens)",
        use_when=(
            "a language model is evaluated, and compared with others on the same tokens",
            "log-probabilities of the tokens were saved, without the scores of the vocabulary",
        ),
        avoid_when=(
            "the models have different tokenizers (use bits_per_byte)",
            "a model is trained (use cross_entropy, whose minimum is the same)",
            "the models are masked language models: they do not predict from left to right",
        ),
        expected={
            "perfect": "1: every token was certain",
            "chance": "V for a vocabulary of V tokens",
            "bad": "> V",
        },
        references=(
            Reference(
                "Jelinek et al., Perplexity: a measure of the difficulty of speech recognition "
                "tasks (1977)",
                "doi:10.1121/1.2016299",
            ),
            Reference(
                "Jurafsky & Martin, Speech and Language Processing, §3.3",
                "https://web.stanford.edu/~jurafsky/slp3/",
            ),
        ),
        examples=(
            Example.of(
                4.0,
                "−log p is log 2 and log 8, their mean log 4",
                predictions=[-0.6931471805599453, -2.0794415416798357],
            ),
            Example.of(
                2.0,
                "two of two tokens are equally likely: −log ½ each",
                predictions=[[3.0, 3.0], [-1.0, -1.0]],
                targets=[0, 1],
            ),
        ),
        notes=(
            (
                "by token by default, all tokens of all sequences together; pooling sample "
                "averages the perplexities of sequences (entries of the first axis, or equal "
                "numbers of group), batch_size N those of batches of N sequences"
            ),
            "e to the mean of the losses of batches, as training loops log it, is none of these",
            "shift compares the scores at each position with the next token, as causal models do",
            (
                "padding is left out by its id as ignore_index, by weight 0 (an attention mask), "
                "or as NaN"
            ),
            "the sum is that of the perplexities of sequences or batches",
        ),
    ),
)
