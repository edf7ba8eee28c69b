"""The scores of the sample as log-probabilities, whatever kind they are saved as."""

import numpy as np

from lossctl.checks.facts import Facts
from lossctl.core.loss import Array

LEAST = 1e-12  # what stands for a probability of 0


def log_probabilities(facts: Facts) -> Array | None:
    """Return the log-probabilities of the classes of the sample, (m, K, C); None without scores.

    Logits go through a softmax; of rows of labels nothing is known.
    """
    sample = facts.sample
    if sample is None or facts.form != "rows" or facts.looks == "labels":
        return None
    scores = sample.predictions
    with np.errstate(all="ignore"):
        if facts.looks == "probabilities":
            return np.asarray(np.log(np.maximum(scores, LEAST)))
        shifted = scores - scores.max(axis=-1, keepdims=True)
        return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
