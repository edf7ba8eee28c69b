"""Measure labels: those without a class, the classes of items and their balance, masks.

With predictions also whether they are logits, their calibration and the noise of the labels.
"""

import math

import numpy as np

from lossctl.calibration.nll_fits import probabilities_and_logits
from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.spelling import option
from lossctl.recommender.data_summary import IGNORED, DataSummary, Measurements, class_axis
from lossctl.recommender.post_hoc import class_improvements, mask_improvements
from lossctl.recommender.task_of_targets import MOST_CLASSES, are_grades

MARKS = {-9999.0, -999.0, -99.0, -1.0, 99.0, 255.0}  # what is left out, beside gapless classes
MODERATE, SEVERE = 4.0, 100.0  # ratio of the commonest to the rarest class
NOISY = 0.08  # share of labels that confident predictions contradict
MOSTLY = 0.75  # of all errors: overlap of classes errs near the border, wrong labels everywhere
SURE = 0.999999
MOST_IMAGES = 256
SMALL, TINY = 0.03, 0.003  # of the image: 96² and 35² pixels of 640 × 480, about as COCO divides
EVEN_FOREGROUND, RARE_FOREGROUND = 0.2, 0.01  # foreground share: 1:4 and 1:100


def classes_scored(summary: DataSummary) -> int | None:
    """Return the number of classes with scores, or None where there is one score per target."""
    if summary.score_shape is None:
        return None
    axis = class_axis(summary.shape, summary.score_shape)
    return None if axis is None else summary.score_shape[axis]


def exclude_unlabelled(summary: DataSummary, measurements: Measurements) -> None:
    """Take labels without a class out of what was scanned, and say so.

    The commonest is the label to ignore; further ones are named, as one alone can be ignored.
    """
    unlabelled = _labels_without_class(summary, measurements)
    if summary.ignored:
        measurements.fact("ignored", summary.ignored)
    if unlabelled:
        assert summary.distinct is not None  # noqa: S101 - they come from it
        counts = {label: summary.distinct.pop(label) for label in unlabelled}
        summary.moments.count -= sum(counts.values())
        if summary.ignored:
            counts[IGNORED] = summary.ignored
        label = max(counts, key=lambda value: counts[value])
        summary.moments.low, summary.moments.high = min(summary.distinct), max(summary.distinct)
        measurements.fact("ignored_label", int(label))
        measurements.fact("ignored", sum(counts.values()))
        measurements.note(f"{counts[label]} targets are {label:g}, which is not a class: ignored")
        if further := [value for value in counts if value != label]:
            measurements.fact("further_ignored", further)
    if summary.moments.integral and summary.distinct is not None:
        summary.targets = np.where(
            np.isin(summary.targets, [*unlabelled, IGNORED]), np.nan, summary.targets
        )


def number_codes(summary: DataSummary, measurements: Measurements) -> None:
    """Number classes under codes such as 10, 20 and 30 from 0, and keep the codes."""
    if summary.distinct is None or len(summary.shape) != 1:
        return
    codes, classes = sorted(summary.distinct), classes_scored(summary)
    if not summary.moments.integral or not 2 < len(codes) <= MOST_CLASSES:
        return
    # without scores a class may be missing among the labels: only what is far from them is a code
    most = 2 * len(codes) if classes is None else classes + ("first_label" in measurements.facts)
    if classes not in {None, len(codes)} or (codes[0] >= 0 and codes[-1] < most):
        return
    measurements.fact("codes", codes)
    summary.targets = np.where(
        np.isfinite(summary.targets), np.searchsorted(codes, summary.targets), np.nan
    )
    summary.distinct = {float(at): summary.distinct[code] for at, code in enumerate(codes)}
    summary.moments.low, summary.moments.high = 0.0, len(codes) - 1.0


def _labels_without_class(summary: DataSummary, measurements: Measurements) -> list[float]:
    if summary.distinct is None or not summary.moments.integral:
        return []
    labels = sorted(summary.distinct)
    classes = classes_scored(summary)
    if classes is None:
        return _marks(summary, labels)
    if labels and labels[0] == 1 and labels[-1] == classes:
        measurements.fact("first_label", 1)
        return []
    unlabelled = [label for label in labels if not 0 <= label < classes]
    if len(labels) == classes and (classes == 2 or not set(unlabelled) <= MARKS):
        return []  # classes under other names, such as -1 and 1, or 10, 20 and 30
    return unlabelled if len(unlabelled) < len(labels) else []


def _marks(summary: DataSummary, labels: list[float]) -> list[float]:
    """Return labels that mark what is left out, where no scores say how many classes there are.

    The others are classes without gaps: 0 and 1 where each has one score, else any number.
    """
    classes = [label for label in labels if label not in MARKS]
    gapless = classes == [classes[0] + at for at in range(len(classes))] if classes else False
    if not gapless or not 2 <= len(classes) <= MOST_CLASSES or classes[0] not in {0.0, 1.0}:
        return []
    one_score_each = summary.score_shape is not None and summary.score_shape == summary.shape
    if summary.score_shape is not None and not one_score_each:
        return []
    if classes != [0.0, 1.0] and (one_score_each or len(summary.shape) == 2):
        return []  # counts beside values, or a table of them
    return [label for label in labels if label in MARKS]


def measure_classes(
    summary: DataSummary, measurements: Measurements, stated_classes: str | None, metric: str
) -> None:
    """Find the classes and their balance; with predictions also kind, calibration and noise."""
    if not summary.moments.integral:
        raise DataError("targets: classification needs labels, but some targets have fractions")
    if summary.ignored:
        measurements.answer(
            "scheme", "tokens", f"{summary.ignored} targets are −100, to be ignored"
        )
    elif "ignored_label" in measurements.facts and _is_tokens(summary):
        measurements.answer(
            "scheme", "tokens", f"{measurements.facts['ignored']} targets of sequences are ignored"
        )
    kind, counts = _classes(summary, measurements, stated_classes)
    _balance(kind, counts, measurements)
    if summary.scores is None:
        return
    labels, probabilities, logits = _read(summary, kind, measurements)
    if labels is None or probabilities is None:
        return
    if "scheme" not in measurements.answers:
        _label_noise(labels, probabilities, measurements)
    if logits is not None:
        measurements.improvements += class_improvements(labels, logits, summary.groups, metric)


def _classes(
    summary: DataSummary, measurements: Measurements, stated_classes: str | None
) -> tuple[str, Array]:
    """Return binary, multiclass or multilabel, and the counts of classes (or (L, 2) of labels)."""
    if len(summary.shape) == 2 and not _is_tokens(summary):
        return _classes_of_rows(summary, measurements, stated_classes)
    if summary.distinct is None:
        raise DataError("targets: too many distinct values for classes")
    counts = np.array([summary.distinct[label] for label in sorted(summary.distinct)])
    several = count_exclusive_classes(summary, measurements, len(counts))
    if not several:
        keep_labels_beside_0_and_1(summary, measurements)
        values = " and ".join(f"{label:g}" for label in sorted(summary.distinct))
        measurements.answer("classes", "binary", f"labels {values}")
        return "binary", counts
    ordered = are_grades(sorted(summary.distinct), counts.tolist())
    if measurements.forced and (ordered or stated_classes == "ordinal"):
        exclusive = stated_classes in {"multiclass", "ordinal"}
        measurements.forced["classes"] = str(stated_classes) if exclusive else "ordinal"
    if ordered:
        text = f"{several} classes whose shares rise and fall with the label"
        measurements.answer("classes", "ordinal", text)
    else:
        measurements.answer("classes", "multiclass", f"{several} classes")
    return "multiclass", counts


def _classes_of_rows(
    summary: DataSummary, measurements: Measurements, stated_classes: str | None
) -> tuple[str, Array]:
    """Tell one-hot rows of exclusive classes from labels that may hold together."""
    rows = summary.shape[0]
    if summary.one_hot and stated_classes != "multilabel":
        measurements.answer("classes", "multiclass", f"one-hot rows of {summary.shape[1]} classes")
        measurements.forced["classes"] = "multiclass"
        return "multiclass", np.asarray(summary.column_sums)
    measurements.answer("classes", "multilabel", f"{summary.shape[1]} labels, several can be true")
    measurements.forced["classes"] = "multilabel"
    labels = set(summary.distinct or {math.inf})
    if not (labels <= {0.0, 1.0} or labels <= {-1.0, 1.0}):
        raise DataError(
            f"targets: rows of {summary.shape[1]} labels hold 0 or 1 (or −1 and 1), but some are "
            f"{max(labels, key=abs):g}; give one column of classes, or set "
            f"{option('task', 'regression')}"
        )
    positive = np.asarray(summary.column_sums)
    if -1.0 in labels:
        positive = (rows + positive) / 2
    return "multilabel", np.stack([rows - positive, positive], axis=1)


def count_exclusive_classes(summary: DataSummary, measurements: Measurements, labels: int) -> int:
    """Return how many classes exclude each other, 0 for two labels of one question.

    One score per target means two labels and two scores a softmax, whatever was said. Predictions
    that hold one number for each of several classes are no scores.
    """
    columns = classes_scored(summary)
    if summary.score_shape is not None:
        measurements.forced["classes"] = "binary" if columns is None else "multiclass"
        if columns is not None:
            measurements.fact("classes_scored", columns)
    if max(labels, columns or 0) <= 2:
        if columns:
            measurements.note(
                "two classes with one score each: their softmax is the sigmoid of the difference"
            )
        return 0
    if summary.score_shape is not None and columns is None:
        measurements.unreadable_inputs["predictions"] = (
            f"the predictions are one number per item for {labels} classes: save one score per "
            "class"
        )
        measurements.forced["classes"] = "multiclass"
        summary.scores = summary.score_shape = None
    return max(labels, columns or 0)


def kind_of_predictions(summary: DataSummary) -> str:
    """Tell logits, probabilities and labels: scores of exclusive classes must sum to one."""
    assert summary.scores is not None  # noqa: S101 - the caller has looked
    assert summary.score_shape is not None  # noqa: S101
    if not (summary.score_moments.low >= 0 and summary.score_moments.high <= 1):
        return "logits"
    axis = class_axis(summary.shape, summary.score_shape)
    exclusive = axis is not None or (len(summary.shape) == 2 and summary.one_hot)
    sums = summary.scores.sum(axis=-1 if axis is None else axis) if exclusive else 1.0
    if not np.allclose(sums, 1, atol=1e-3):
        return "logits"
    return "labels" if summary.score_moments.integral else "probabilities"


def keep_labels_beside_0_and_1(summary: DataSummary, measurements: Measurements) -> None:
    """Keep two labels that are not 0 and 1: many losses read those alone."""
    labels = sorted(summary.distinct or ())
    if len(labels) == 2 and labels != [0.0, 1.0]:
        measurements.fact("labels", labels)


def _is_tokens(summary: DataSummary) -> bool:
    return summary.score_shape is not None and len(summary.score_shape) == 3


def _balance(kind: str, counts: Array, measurements: Measurements) -> None:
    """Compare the rarest class with the commonest; for labels, the most uneven one."""
    pairs = counts if kind == "multilabel" else counts[None]
    rarest, commonest = pairs.min(axis=1), pairs.max(axis=1)
    ratios = commonest / np.maximum(rarest, 1)
    at = int(np.argmax(ratios))
    ratio, smallest = float(ratios[at]), int(rarest[at])
    total = int(pairs[at].sum())
    measurements.fact("imbalance_ratio", ratio)
    measurements.fact("smallest_class", smallest)
    measurements.fact("class_counts" if kind != "multilabel" else "label_counts", counts.tolist())
    beta = 0.999
    measurements.fact("effective_number", float((1 - beta**smallest) / (1 - beta)))
    word = balance_word(ratio)
    smallest_name = "rarest label" if kind == "multilabel" else "smallest class"
    measurements.answer(
        "imbalance", word, f"1:{ratio:.3g}, {smallest_name} {smallest} of {total} items"
    )
    if smallest < 20:
        measurements.note(f"the {smallest_name} has {smallest} items: metrics of it are uncertain")


def balance_word(ratio: float) -> str:
    """Return how even classes are, by the ratio of the commonest to the rarest."""
    return "severe" if ratio >= SEVERE else "moderate" if ratio >= MODERATE else "balanced"


def _read(
    summary: DataSummary, kind: str, measurements: Measurements
) -> tuple[Array | None, Array | None, Array | None]:
    """Return labels (n,), probabilities (n, C) and logits; (n,) logits for binary labels."""
    scores, targets = summary.scores, summary.targets
    assert scores is not None  # noqa: S101 - the caller has looked
    form = kind_of_predictions(summary)
    measurements.fact("predictions", form)
    if kind == "multilabel" or scores.ndim > 2:
        return None, None, None
    labels = np.argmax(targets, axis=1) if targets.ndim == 2 else targets
    good = np.isfinite(labels) & np.all(np.isfinite(scores.reshape(len(scores), -1)), axis=1)
    labels, scores = labels[good], scores[good]
    if summary.groups is not None:
        summary.groups = summary.groups[good]
    if form == "labels" or not labels.size:
        return None, None, None
    if kind == "binary" and summary.distinct is not None:
        labels = labels == max(summary.distinct)
    elif scores.ndim == 2 and labels.min() == 1 and labels.max() == scores.shape[1]:
        labels = labels - 1
    if scores.ndim == 2 and not 0 <= labels.min() <= labels.max() < scores.shape[1]:
        return None, None, None
    numbered = labels.astype(np.int64)
    probabilities, logits = probabilities_and_logits(scores, form)
    measurements.fact("saturated_share", float(np.mean(probabilities.max(axis=1) >= SURE)))
    return numbered, probabilities, logits


def _label_noise(labels: Array, probabilities: Array, measurements: Measurements) -> None:
    """Confident joint: labels that a prediction at its class's usual confidence contradicts."""
    # Northcutt, Jiang, Chuang (2021), arXiv:1911.00068; 2 is never reached: a class without items.
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
    measurements.fact("error_rate", errors)
    measurements.fact("contradicted_labels", share)
    easy = float(np.mean(probabilities[rows, labels] > 0.9))
    measurements.fact("easy_share", easy)
    even = measurements.facts.get("imbalance_ratio", 1.0) < MODERATE
    if share >= NOISY and share >= MOSTLY * errors and errors < 0.45 and even:
        text = f"{share:.0%} of the labels are contradicted by confident predictions"
        measurements.answer("scheme", "noisy_labels", f"{text}, {share / errors:.0%} of all errors")


def measure_masks(summary: DataSummary, measurements: Measurements, metric: str) -> None:
    """Find classes, balance of pixels and size of objects; label 0 is background."""
    if summary.distinct is None:
        measurements.note("the targets hold too many values for masks")
        return
    values = sorted(summary.distinct)
    kind = "multiclass" if count_exclusive_classes(summary, measurements, len(values)) else "binary"
    if kind == "binary":
        keep_labels_beside_0_and_1(summary, measurements)
    if summary.scores is not None:
        measurements.fact("predictions", kind_of_predictions(summary))
    measurements.answer(
        "classes", kind, f"labels {', '.join(f'{value:g}' for value in values[:8])}"
    )
    pixels = summary.moments.count
    background = (
        summary.distinct.get(0.0, 0) if kind == "binary" else max(summary.distinct.values())
    )
    rest = [count for value, count in summary.distinct.items() if value != 0] or [0]
    rarest = min(rest) / pixels
    share = 1 - background / pixels if kind == "binary" else rarest
    measurements.fact("foreground_share", float(share))
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
    measurements.answer("imbalance", word, f"{what} is {share:.2%} of the pixels")
    _objects(summary.targets, measurements)
    if kind == "binary":
        measurements.improvements += mask_improvements(summary, metric)


def _objects(masks: Array, measurements: Measurements) -> None:
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
    measurements.fact("empty_masks", float(empty / len(chosen)))
    measurements.fact("objects", len(shares))
    if empty:
        measurements.note(
            f"{empty / len(chosen):.0%} of the masks are empty; the loss of an empty mask depends "
            "on the smoothing"
        )
    if not shares:
        return
    median = float(np.median(shares))
    measurements.fact("object_share", median)
    word = "tiny" if median < TINY else "small" if median < SMALL else "large"
    measurements.answer(
        "object_size",
        word,
        f"half of {len(shares)} objects cover less than {median:.2%} of the image",
    )
