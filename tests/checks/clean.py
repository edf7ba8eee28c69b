"""Models that are right, of varied sharpness, classes and size: no rule has anything to say."""

import numpy as np

from tests.checks.models import classes, labels, regression
from tests.checks.planted import Case

DRESSES = ("multiclass", "binary", "multilabel", "masks", "regression")


def clean(rng: np.random.Generator, dress: str) -> Case:
    """Return a model that is right, in a dress."""
    rows, sd = int(10 ** rng.uniform(1.3, 3.5)), float(10 ** rng.uniform(-1.0, 1.0))
    if dress == "multiclass":
        model = classes(rng, (rows,), int(rng.integers(2, 30)), sd)
        shown = rng.choice(["logits", "probabilities", "float32"])
        predictions = model.logits if shown == "logits" else model.probabilities
        if shown == "float32":
            predictions = predictions.astype(np.float32)
        options = {"input": "logits"} if shown == "logits" else {}
        return Case(predictions, model.labels, str(rng.choice(["cross_entropy", "focal"])), options)
    if dress == "regression":
        tails = bool(rng.random() < 0.3)
        noise = float(10 ** rng.uniform(-1.0, 0.7))
        return Case(*regression(rng, (rows,), noise, tails=tails), str(rng.choice(["mse", "mae"])))
    shape = {"binary": (rows,), "multilabel": (rows, 6), "masks": (6, 20, 20)}[dress]
    model = labels(rng, shape, sd, float(rng.uniform(-3.0, 1.0)))
    loss = "dice" if dress == "masks" else "bce"
    if rng.random() < 0.5:
        return Case(model.probabilities, model.labels, loss)
    return Case(model.logits, model.labels, loss, {"input": "logits"})
