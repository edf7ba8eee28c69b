"""Cross-entropy and softmax over rows of class scores, without collapse for confident rows.

``logsumexp(z) − z_y`` loses everything when the true class leads by 40: the answer is then
log(1 + Σ_{j≠y} e^(z_j − z_y)), whose sum must not contain the leading 1.
Rows come as (n, C) in either memory order; sums run along the class axis.
"""

import numpy as np

from lossctl.core.loss import Array

# |z| up to which e^z needs no shift: quotients of two sums stay far from overflow and, unlike a
# shift, e^z of an exact input carries no rounding error of the difference z − max.
SHIFT_FREE = {np.dtype(np.float32): 40.0, np.dtype(np.float64): 300.0}


def needs_shift(logits: Array) -> bool:
    """Whether some logit is too large for e^z to be taken as it is."""
    limit = SHIFT_FREE[logits.dtype]
    return not (logits.max(initial=0.0) <= limit and logits.min(initial=0.0) >= -limit)


def places(rows: Array, classes: Array) -> tuple[Array, Array]:
    """Return `rows` flattened in memory order, and where ``rows[i, classes[i]]`` stands in it.

    One index into flat memory is read twice as fast as a pair of indices.
    """
    count, width = rows.shape
    if rows.flags.f_contiguous:
        return rows.reshape(-1, order="F"), classes * count + np.arange(count)
    return rows.reshape(-1), np.arange(0, count * width, width) + classes


def pick(rows: Array, classes: Array) -> Array:
    """Return ``rows[i, classes[i]]`` for every row."""
    flat, at = places(rows, classes)
    return flat[at]


def put(rows: Array, classes: Array, values: Array | float) -> None:
    """Set ``rows[i, classes[i]]`` for every row, in place; `rows` is contiguous."""
    flat, at = places(rows, classes)
    flat[at] = values


def odds_against(logits: Array, classes: Array) -> Array:
    """Return Σ_{j≠y} e^(z_j − z_y): the odds that the true class y is wrong."""
    weights = np.exp(logits)
    flat, own_places = places(weights, classes)
    own = flat[own_places]
    flat[own_places] = 0.0
    return weights.sum(axis=1) / own


def row_surprise(logits: Array) -> Array:
    """Return −log softmax(z) for every class, as log(1 + Σ_{j≠top} e^(z_j − top)) + (top − z).

    Both summands are at least 0, so nothing cancels.
    """
    top_class = logits.argmax(axis=1)
    gaps = pick(logits, top_class)[:, None] - logits
    others = np.exp(-gaps)
    put(others, top_class, 0.0)
    return gaps + np.log1p(others.sum(axis=1))[:, None]


def surprise_of(logits: Array, classes: Array) -> Array:
    """Return −log softmax(z)_y for the true classes y."""
    if not needs_shift(logits):
        return np.log1p(odds_against(logits, classes))
    return pick(row_surprise(logits), classes)


def softmax_pair(logits: Array) -> tuple[Array, Array]:
    """Return (p, 1−p) for p = softmax(z), the complement without cancellation."""
    top_class = logits.argmax(axis=1)
    if needs_shift(logits):
        logits = logits - pick(logits, top_class)[:, None]
    weights = np.exp(logits)
    top = pick(weights, top_class)
    put(weights, top_class, 0.0)
    others = weights.sum(axis=1)
    put(weights, top_class, top)
    whole = others + top
    hit = weights / whole[:, None]
    miss = 1.0 - hit
    put(miss, top_class, others / whole)
    return hit, miss


def softmax(logits: Array) -> Array:
    """Return softmax(z) row by row."""
    if needs_shift(logits):
        logits = logits - logits.max(axis=1, keepdims=True)
    weights = np.exp(logits)
    return weights / weights.sum(axis=1, keepdims=True)


def softmax_pullback(probabilities: Array, slopes: Array) -> Array:
    """Carry slopes with respect to softmax(z) back to z: p·(s − Σ p·s).

    Slopes are taken relative to that of the likeliest class, whose p near 1 would otherwise make
    s − Σ p·s cancel.
    """
    top_class = probabilities.argmax(axis=1)
    apart = slopes - pick(slopes, top_class)[:, None]
    inner = (probabilities * apart).sum(axis=1, keepdims=True)
    return probabilities * (apart - inner)


def charges_pullback(logits: Array, charges: Array) -> Array:
    """Carry Σ_c w_c·(−log softmax(z)_c) back to z: p·Σw − w, without cancellation near p = 1."""
    hit, miss = softmax_pair(logits)
    return hit * (charges.sum(axis=1)[:, None] - charges) - miss * charges


def own_pullback(logits: Array, classes: Array, surprise: Array) -> Array:
    """Carry −log softmax(z)_y, whose value is `surprise`, back to z: p − 1 for y, else p."""
    slope = softmax(logits)
    put(slope, classes, np.expm1(-surprise))
    return slope
