"""Measure labels: those without a class, the classes of items and their balance, masks.

With predictions also whether they are logits, their calibration and the noise of the labels.
"""

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.recommender.data_summary import IGNORED, Measured, Scan, class_axis
from lossctl.recommender.post_hoc import class_gains, mask_gains

MARKS = {-1.0, 255.0}  # labels that mark what is left out even where there are but 0 and 1
MODERATE, SEVERE = 4.0, 100.0  # ratio of the commonest to the rarest class
NOISY = 0.08  # share of labels that confident predictions contradict
MOSTLY = 0.75  # of all errors: overlap of classes errs near the border, wrong labels everywhere
SURE = 0.999999
MOST_IMAGES = 256
SMALL, TINY = 0.03, 0.003  # of the image: 96² and 35² pixels of 640 × 480, about as COCO divides
EVEN_FOREGROUND, RARE_FOREGROUND = 0.2, 0.01  # foreground share: 1:4 and 1:100


def channels(found: Scan) -> int | None:
    """Return how many classes the predictions score, or None where there is one score a target."""
    if found.score_shape is None:
        return None
    axis = class_axis(found.shape, found.score_shape)
    return None if axis is None else found.score_shape[axis]


def leave_out(found: Scan, out: Measured) -> None:
    """Take labels without a class out of what was scanned, and say so.

    The commonest is the label to ignore; further ones are named, as one alone can be ignored.
    """
    strange = _strange(found, out)
    if found.ignored:
        out.fact("ignored", found.ignored)
    if strange:
        assert found.distinct is not None  # noqa: S101 - they come from it
        counts = {label: found.distinct.pop(label) for label in strange}
        found.moments.count -= sum(counts.values())
        if found.ignored:
            counts[IGNORED] = found.ignored
        label = max(counts, key=lambda one: counts[one])
        found.moments.low, found.moments.high = min(found.distinct), max(found.distinct)
        out.fact("ignored_label", int(label))
        out.fact("ignored", sum(counts.values()))
        out.note(f"{counts[label]} targets are {label:g}, which no class stands for: ignored")
        if others := [f"{one:g}" for one in counts if one != label]:
            out.note(
                f"targets {', '.join(others)} have no class either, but one label can be ignored: "
                f"save them as {label:g}"
            )
    if found.moments.integral and found.distinct is not None:
        found.targets = np.where(np.isin(found.targets, [*strange, IGNORED]), np.nan, found.targets)


def _strange(found: Scan, out: Measured) -> list[float]:
    if found.distinct is None or not found.moments.integral:
        return []
    labels = sorted(found.distinct)
    classes = channels(found)
    if classes is None:
        single = len(found.shape) >= 3 and found.score_shape == found.shape
        rest = [label for label in labels if label not in MARKS]
        return [label for label in labels if label in MARKS] if single and rest == [0, 1] else []
    if labels and labels[0] == 1 and labels[-1] == classes:
        out.fact("first_label", 1)
        return []
    if len(labels) == classes == 2:
        return []  # two classes under other names, such as -1 and 1
    strange = [label for label in labels if not 0 <= label < classes]
    return strange if len(strange) < len(labels) else []


def measure_classes(found: Scan, out: Measured, said: str | None, metric: str) -> None:
    """Find the classes and their balance; with predictions also kind, calibration and noise."""
    if not found.moments.integral:
        raise DataError("targets: classification needs labels, but some targets have fractions")
    if found.ignored:
        out.answer("scheme", "tokens", f"{found.ignored} targets are −100, to be ignored")
    elif "ignored_label" in out.facts and _is_tokens(found):
        out.answer("scheme", "tokens", f"{out.facts['ignored']} targets of sequences are ignored")
    kind, counts = _classes(found, out, said)
    _balance(kind, counts, out)
    if found.scores is None:
        return
    labels, probabilities, logits = _read(found, kind, out)
    if labels is None or probabilities is None:
        return
    if "scheme" not in out.answers:
        _noise(labels, probabilities, out)
    if logits is not None:
        out.gains += class_gains(labels, logits, found.groups, metric)


def _classes(found: Scan, out: Measured, said: str | None) -> tuple[str, Array]:
    """Return binary, multiclass or multilabel, and the counts of classes (or (L, 2) of labels)."""
    if len(found.shape) == 2 and not _is_tokens(found):
        return _of_rows(found, out, said)
    if found.distinct is None:
        raise DataError("targets: too many distinct values for classes")
    counts = np.array([found.distinct[label] for label in sorted(found.distinct)])
    several = settle_scores(found, out, len(counts))
    if not several:
        note_labels(found, out)
        values = " and ".join(f"{label:g}" for label in sorted(found.distinct))
        out.answer("classes", "binary", f"labels {values}")
        return "binary", counts
    out.answer("classes", "multiclass", f"{several} classes")
    return "multiclass", counts


def _of_rows(found: Scan, out: Measured, said: str | None) -> tuple[str, Array]:
    """Tell one-hot rows of exclusive classes from labels that may hold together."""
    rows = found.shape[0]
    if found.one_hot and said != "multilabel":
        out.answer("classes", "multiclass", f"one-hot rows of {found.shape[1]} classes")
        out.forced["classes"] = "multiclass"
        return "multiclass", np.asarray(found.column_sums)
    out.answer("classes", "multilabel", f"{found.shape[1]} labels, several may hold at once")
    out.forced["classes"] = "multilabel"
    positive = np.asarray(found.column_sums)
    return "multilabel", np.stack([rows - positive, positive], axis=1)


def settle_scores(found: Scan, out: Measured, labels: int) -> int:
    """Return how many classes exclude each other, 0 for two labels of one question.

    One score a target means two labels and two scores a softmax, whatever was said. Predictions
    that hold one number for each of several classes are no scores.
    """
    columns = channels(found)
    if found.score_shape is not None:
        out.forced["classes"] = "binary" if columns is None else "multiclass"
        if columns is not None:
            out.fact("classes_scored", columns)
    if max(labels, columns or 0) <= 2:
        if columns:
            out.note(
                "each of two classes has a score: their softmax is the sigmoid of the difference"
            )
        return 0
    if found.score_shape is not None and columns is None:
        out.unread["predictions"] = (
            f"the predictions are one number for {labels} classes: save a score of each class"
        )
        out.forced["classes"] = "multiclass"
        found.scores = found.score_shape = None
    return max(labels, columns or 0)


def form_of(found: Scan) -> str:
    """Tell logits, probabilities and labels: scores of exclusive classes must sum to one."""
    assert found.scores is not None  # noqa: S101 - the caller has looked
    assert found.score_shape is not None  # noqa: S101
    if not (found.score_moments.low >= 0 and found.score_moments.high <= 1):
        return "logits"
    axis = class_axis(found.shape, found.score_shape)
    exclusive = axis is not None or (len(found.shape) == 2 and found.one_hot)
    sums = found.scores.sum(axis=-1 if axis is None else axis) if exclusive else 1.0
    if not np.allclose(sums, 1, atol=1e-3):
        return "logits"
    return "labels" if found.score_moments.integral else "probabilities"


def note_labels(found: Scan, out: Measured) -> None:
    """Keep two labels that are not 0 and 1: many losses read those alone."""
    labels = sorted(found.distinct or ())
    if len(labels) == 2 and labels != [0.0, 1.0]:
        out.fact("labels", labels)


def _is_tokens(found: Scan) -> bool:
    return found.score_shape is not None and len(found.score_shape) == 3


def _balance(kind: str, counts: Array, out: Measured) -> None:
    """Compare the rarest class with the commonest; for labels, the most uneven one."""
    pairs = counts if kind == "multilabel" else counts[None]
    rarest, commonest = pairs.min(axis=1), pairs.max(axis=1)
    ratios = commonest / np.maximum(rarest, 1)
    at = int(np.argmax(ratios))
    ratio, smallest = float(ratios[at]), int(rarest[at])
    total = int(pairs[at].sum())
    out.fact("imbalance_ratio", ratio)
    out.fact("smallest_class", smallest)
    out.fact("class_counts" if kind != "multilabel" else "label_counts", counts.tolist())
    beta = 0.999
    out.fact("effective_number", float((1 - beta**smallest) / (1 - beta)))
    word = "severe" if ratio >= SEVERE else "moderate" if ratio >= MODERATE else "balanced"
    one = "rarest label" if kind == "multilabel" else "smallest class"
    out.answer("imbalance", word, f"1:{ratio:.3g}, {one} {smallest} of {total} items")
    if smallest < 20:
        out.note(f"the {one} has {smallest} items: any figure about it is uncertain")


def _read(found: Scan, kind: str, out: Measured) -> tuple[Array | None, Array | None, Array | None]:
    """Return labels (n,), probabilities (n, C) and logits; (n,) logits for binary labels."""
    scores, targets = found.scores, found.targets
    assert scores is not None  # noqa: S101 - the caller has looked
    form = form_of(found)
    out.fact("predictions", form)
    if kind == "multilabel" or scores.ndim > 2:
        return None, None, None
    labels = np.argmax(targets, axis=1) if targets.ndim == 2 else targets
    good = np.isfinite(labels) & np.all(np.isfinite(scores.reshape(len(scores), -1)), axis=1)
    labels, scores = labels[good].astype(np.int64), scores[good]
    if found.groups is not None:
        found.groups = found.groups[good]
    if kind == "binary" and found.distinct is not None:
        labels = (labels == max(found.distinct)).astype(np.int64)
    elif scores.ndim == 2 and labels.min() == 1 and labels.max() == scores.shape[1]:
        labels -= 1
    if form == "labels" or (scores.ndim == 2 and labels.max() >= scores.shape[1]):
        return None, None, None
    return labels, *_both(scores, form, out)


def _both(scores: Array, form: str, out: Measured) -> tuple[Array, Array]:
    """Return probabilities (n, C) and logits (n,) or (n, C)."""
    if scores.ndim == 1:
        tiny = 1e-12
        clipped = np.clip(scores, tiny, 1 - tiny)
        logits = np.log(clipped / (1 - clipped)) if form == "probabilities" else scores
        positive = 1 / (1 + np.exp(-np.clip(logits, -500, 500)))
        probabilities = np.stack([1 - positive, positive], axis=1)
    else:
        logits = np.log(np.maximum(scores, 1e-12)) if form == "probabilities" else scores
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities = shifted / shifted.sum(axis=1, keepdims=True)
        if logits.shape[1] == 2:  # a softmax of two is a sigmoid of their difference
            logits = logits[:, 1] - logits[:, 0]
    out.fact("saturated_share", float(np.mean(probabilities.max(axis=1) >= SURE)))
    return probabilities, logits


def _noise(labels: Array, probabilities: Array, out: Measured) -> None:
    """Confident joint: labels that a prediction at its class's usual confidence contradicts."""
    rows = np.arange(len(labels))
    classes = probabilities.shape[1]
    usual = np.array(
        [
            probabilities[labels == c, c].mean() if np.any(labels == c) else 2.0
            for c in range(classes)
        ]
    )
    best = np.argmax(probabilities, axis=1)
    sure = probabilities[rows, best] >= usual[best]
    contradicted = sure & (best != labels)
    share, errors = float(np.mean(contradicted)), float(np.mean(best != labels))
    out.fact("error_rate", errors)
    out.fact("contradicted_labels", share)
    easy = float(np.mean(probabilities[rows, labels] > 0.9))
    out.fact("easy_share", easy)
    even = out.facts.get("imbalance_ratio", 1.0) < MODERATE
    if share >= NOISY and share >= MOSTLY * errors and errors < 0.45 and even:
        text = f"{share:.0%} of the labels are contradicted by confident predictions"
        out.answer("scheme", "noisy_labels", f"{text}, {share / errors:.0%} of all errors")


def measure_masks(found: Scan, out: Measured, metric: str) -> None:
    """Find classes, balance of pixels and size of objects; label 0 is background."""
    if found.distinct is None:
        out.note("the targets hold too many values for masks")
        return
    values = sorted(found.distinct)
    kind = "multiclass" if settle_scores(found, out, len(values)) else "binary"
    if kind == "binary":
        note_labels(found, out)
    if found.scores is not None:
        out.fact("predictions", form_of(found))
    out.answer("classes", kind, f"labels {', '.join(f'{value:g}' for value in values[:8])}")
    pixels = found.moments.count
    background = found.distinct.get(0.0, 0) if kind == "binary" else max(found.distinct.values())
    rest = [count for value, count in found.distinct.items() if value != 0] or [0]
    rarest = min(rest) / pixels
    share = 1 - background / pixels if kind == "binary" else rarest
    out.fact("foreground_share", float(share))
    word = (
        "severe"
        if share < RARE_FOREGROUND
        else "moderate"
        if share < EVEN_FOREGROUND
        else "balanced"
    )
    if kind == "multiclass" and rarest * len(values) >= 0.5:
        word = "balanced"  # shares as even as so many classes can be
    what = "foreground" if kind == "binary" else "the rarest class"
    out.answer("imbalance", word, f"{what} is {share:.2%} of the pixels")
    _objects(found.targets, out)
    if kind == "binary":
        out.gains += mask_gains(found, metric)


def _objects(masks: Array, out: Measured) -> None:
    """Label connected components image by image; their median share of the image is the size."""
    from scipy import ndimage  # noqa: PLC0415 - only masks need it

    step = max(len(masks) // MOST_IMAGES, 1)
    shares: list[float] = []
    empty = 0
    chosen = masks[::step]
    for image in chosen:
        sizes = np.concatenate(
            [
                np.bincount(ndimage.label(image == label)[0].ravel())[1:]
                for label in np.unique(image[image > 0])
            ]
            or [np.empty(0, dtype=np.int64)]
        )
        shares += (sizes / image.size).tolist()
        empty += sizes.size == 0
    out.fact("empty_masks", float(empty / len(chosen)))
    out.fact("objects", len(shares))
    if empty:
        out.note(
            f"{empty / len(chosen):.0%} of the masks are empty; overlap losses need care there"
        )
    if not shares:
        return
    median = float(np.median(shares))
    out.fact("object_share", median)
    word = "tiny" if median < TINY else "small" if median < SMALL else "large"
    out.answer(
        "object_size", word, f"half of {len(shares)} objects cover under {median:.2%} of the image"
    )
