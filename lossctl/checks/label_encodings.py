"""Labels that are encoded otherwise than the loss reads them (LC3xx)."""

import numpy as np

from lossctl.checks.facts import Facts
from lossctl.checks.repair import LEFT_OUT
from lossctl.checks.rule import Page, Seen, rule
from lossctl.checks.scores import axis_of, log_probabilities
from lossctl.core.loss import Array
from lossctl.core.options import Options
from lossctl.core.spelling import number, option, plural

BYTE = 255.0
LEAST_ITEMS = 10  # of labels 1 and 2, which fewer counts may be as well
LEAST_MARK = 99.0  # labels that mark what is left out are negative, or at least this
SURE = 0.05  # −log p of padding that is predicted


def expected_labels(facts: Facts) -> tuple[float, ...]:
    """Return the labels a loss reads here."""
    if facts.form != "items":
        return tuple(map(float, range(facts.classes)))
    return (-1.0, 1.0) if facts.encoding == "signs" and -1.0 in facts.labels else (0.0, 1.0)


def outliers_of(facts: Facts) -> list[float]:
    """Return the labels that none of the classes has."""
    if facts.form != "items":
        return [
            label for label in facts.labels if not 0 <= label < facts.classes or label % 1.0 > 0.0
        ]
    known = expected_labels(facts)
    return [label for label in facts.labels if label not in known]


@rule(
    "LC301",
    "labels-from-one",
    "error",
    Page(
        what="Labels are counted from 1, but classes are from 0.",
        why=(
            "The last class does not exist, and every other item is compared with the score of "
            "the next class."
        ),
        example="y = pd.Categorical(names).codes + 1",
        remedy="Subtract 1 from the targets.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
        evidence="The labels are 1 … C, or 1 and 2 where each item has one score, and none is 0.",
    ),
    needs=("classes",),
)
def labels_from_one(facts: Facts) -> Seen | None:
    """Look for labels from 1 to the number of classes."""
    labels = [label for label in facts.labels if 0 <= label < LEAST_MARK]
    if facts.encoding not in {"index", "labels", "signs"} or not labels:
        return None
    if facts.form == "items" and (min(facts.labels) < 0 or _may_be_numbers(facts)):
        return None
    top = float(facts.classes)
    if min(labels) != 1.0 or max(labels) != top or any(label % 1.0 for label in labels):
        return None
    return Seen(
        f"labels are 1 to {top:g}, but classes are 0 to {top - 1:g}",
        {"low": 1, "high": int(top), "classes": facts.classes},
        command=facts.repair.rewrite(targets=_from_zero(facts)),
    )


def _may_be_numbers(facts: Facts) -> bool:
    """Whether 1 and 2 may be numbers: of few items, or predicted as such, without a loss."""
    sample = facts.sample
    if facts.loss is not None or sample is None:
        return False
    p, t = sample.predictions[sample.counts], sample.targets[sample.counts]
    predicted = p.shape == t.shape and bool(np.median(np.abs(p - t)) < 0.5)
    return facts.items < LEAST_ITEMS or predicted


def _from_zero(facts: Facts) -> str:
    """Return the expression that subtracts 1 from all but marks of what is left out."""
    marks = [int(label) for label in outliers_of(facts) if label < 0 or label > facts.classes]
    if facts.ignored and facts.options.ignore_index is not None:
        marks.append(facts.options.ignore_index)
    return f"np.where(np.isin(t, {marks}), t, t - 1)" if marks else "t - 1"


@rule(
    "LC302",
    "ignore-label-undeclared",
    "error",
    Page(
        what="A label marks items to leave out, but nobody said which.",
        why=(
            "Void pixels, padding and unknown labels are often 255, −1 or −100. Read as a class "
            "they are an index that does not exist, or the last class."
        ),
        example="mask[unlabelled] = 255",
        remedy="Say which label is left out.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
        evidence="One label lies outside the classes, and all others inside.",
    ),
    needs=("labels",),
)
def ignore_label_undeclared(facts: Facts) -> Seen | None:
    """Look for one label that is none of the classes."""
    outliers = outliers_of(facts)
    others = [label for label in facts.labels if label not in outliers]
    if len(outliers) != 1 or not others or outliers[0] % 1.0 or facts.encoding == "one_hot":
        return None
    (outlier,) = outliers
    if facts.form == "items" and (0.0 <= outlier < LEAST_MARK or len(others) < 2):
        return None
    if facts.form == "rows" and outlier == facts.classes and 0.0 not in facts.labels:
        return None  # counted from one
    count = facts.labels[outlier]
    said = option("ignore_index", int(outlier))
    return Seen(
        f"{plural(count, 'target')} {'is' if count == 1 else 'are'} {outlier:g}, which is none of "
        f"the {facts.classes} classes; all others are",
        {"label": int(outlier), "count": count, "classes": facts.classes},
        remedy=f"If it marks what is left out, say {said}.",
        command=facts.repair.compute(ignore_index=int(outlier)),
    )


@rule(
    "LC303",
    "all-ignored",
    "error",
    Page(
        what="Every item is left out: none is evaluated.",
        why="A mean over no items has no value; some libraries return 0 or NaN, and go on.",
        example="loss = CrossEntropyLoss(ignore_index=0)(logits, torch.zeros(8, dtype=torch.long))",
        remedy="Check the label to ignore and the weights.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
        evidence="The number of items with the label to ignore, and of those of weight 0.",
    ),
    needs=("pairs",),
)
def all_ignored(facts: Facts) -> Seen | None:
    """Look for data without an item that counts."""
    left_out = facts.ignored + facts.weightless
    if facts.targets.count or facts.targets.not_finite or not left_out:
        return None
    label = facts.options.ignore_index
    stated = label != Options().ignore_index and facts.ignored
    return Seen(
        f"all {facts.items} items are left out: {facts.ignored} have the label {label}, "
        f"{facts.weightless} weigh 0",
        {"items": facts.items, "ignored": facts.ignored, "weightless": facts.weightless},
        command=facts.repair.compute(ignore_index=LEFT_OUT) if stated else "",
    )


@rule(
    "LC304",
    "padding-counted",
    "warning",
    Page(
        what="Padding at the ends of sequences counts as if it were text.",
        why=(
            "Models learn to predict padding within a few steps. Its loss is near 0, and the mean "
            "over all positions is the better, the more padding a batch has."
        ),
        example="y = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=0)",
        remedy="Say that the label of the padding is left out.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_sequence.html",
        evidence=(
            "Most sequences end in runs of one label that stands nowhere else, and the model "
            "gives it a probability near 1 there."
        ),
    ),
    needs=("rows", "sample"),
)
def padding_counted(facts: Facts) -> Seen | None:
    """Look for runs of one label at the ends of rows that are predicted surely."""
    found = _runs_at_ends(facts)
    sample, logs = facts.sample, log_probabilities(facts)
    if found is None or sample is None or logs is None:
        return None
    label, padding = found
    rows, places = np.nonzero(sample.counts)
    true = np.clip(sample.targets[rows, places].astype(np.int64), 0, facts.classes - 1)
    losses = -logs[rows, places, true]
    padded = padding[rows, places]
    if not padded.any() or padded.all() or float(np.median(losses[padded])) > SURE:
        return None
    with_it, without = float(losses.mean()), float(losses[~padded].mean())
    if without < 1.05 * with_it:
        return None
    share = float(padded.mean())
    return Seen(
        f"{number(100 * share, 3)} % of the positions are runs of the label {label:g} at the ends "
        f"of sequences, predicted almost surely: −log p is {number(with_it, 4)} with them, "
        f"{number(without, 4)} without",
        {"label": int(label), "share": share, "with": with_it, "without": without},
        rows=sample.rows[np.flatnonzero(padding.any(axis=1))].tolist(),
        command=facts.repair.compute(ignore_index=int(label)),
    )


def _runs_at_ends(facts: Facts) -> tuple[float, Array] | None:
    """Return a label in which most sequences end and that is nowhere else, and where, (m, K)."""
    sample = facts.sample
    if sample is None or len(facts.item_shape) != 2 or sample.targets.ndim != 2:
        return None
    targets, columns = sample.targets, sample.targets.shape[1]
    if not sample.has_whole_rows or columns < 4 or len(sample) < 8:
        return None
    values, counts = np.unique(targets[:, -1], return_counts=True)
    label = float(values[counts.argmax()])
    if not 0 <= label < facts.classes or counts.max() < 0.5 * len(targets):
        return None
    other = targets[:, ::-1] != label
    runs = np.where(other.any(axis=1), other.argmax(axis=1), columns)
    padding = np.arange(columns)[None, :] >= (columns - runs)[:, None]
    same = targets == label
    if runs.mean() < 2 or np.count_nonzero(same & ~padding) > 0.01 * same.sum():
        return None
    return label, padding


@rule(
    "LC306",
    "masks-not-binary",
    "error",
    Page(
        what="Masks are 0 and 255, or grey, where they are to be 0 and 1.",
        why=(
            "Overlap losses and cross-entropies of labels far above 1 are any number, negative "
            "ones too."
        ),
        example="y = np.asarray(PIL.Image.open('mask.png'))  # 0 and 255",
        remedy="Divide the targets by 255, or compare them with a threshold.",
        reference="https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.ToTensor.html",
        evidence="The targets lie between 0 and 255, and are 0 and 255 or values between them.",
    ),
    needs=("items",),
)
def masks_not_binary(facts: Facts) -> Seen | None:
    """Look for targets from 0 to 255."""
    seen = facts.targets
    if not seen.count or seen.low < 0.0 or seen.high != BYTE:
        return None
    labels = facts.labels or seen.distinct or {}
    between = [label for label in labels if 0.0 < label < BYTE]
    if labels and set(between) == {1.0}:
        return None  # 0, 1, and 255 for what is left out
    grey = bool(between) or not labels
    expression = "(t > 127).astype(np.uint8)" if grey else "(t / 255).astype(np.uint8)"
    return Seen(
        "targets are 0 and 255" + (", with values between them" if grey else "") + ", not 0 and 1",
        {"low": seen.low, "high": seen.high, "values": len(labels)},
        command=facts.repair.rewrite(targets=expression),
    )


@rule(
    "LC308",
    "soft-targets-not-normalized",
    "warning",
    Page(
        what="Rows of soft targets do not sum to 1.",
        why=(
            "A cross-entropy with a row that sums to 2 counts the row twice, and its least value "
            "is not reached at the targets."
        ),
        example="y = votes  # counts of annotators, not shares",
        remedy="Divide each row by its sum; for several labels at once use bce.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
        evidence="Sums of the rows of the targets; an error where the loss refuses them.",
    ),
    needs=("rows",),
)
def soft_targets_not_normalized(facts: Facts) -> Seen | None:
    """Look for rows of targets whose sums differ from 1."""
    rows = facts.target_rows
    if rows is None or not rows.unnormalized or not facts.item_shape:
        return None  # one distribution over all items is rather a label for each of them
    hard = facts.targets.zeros + facts.targets.ones == facts.targets.count
    return Seen(
        f"{plural(rows.unnormalized, 'row')} of {rows.count} targets do not sum to 1: sums lie "
        f"between {number(rows.sum_low, 4)} and {number(rows.sum_high, 4)}"
        + (", all entries 0 or 1: several labels at once?" if hard else ""),
        {"unnormalized": rows.unnormalized, "sum_low": rows.sum_low, "sum_high": rows.sum_high},
        rows=[rows.first_unnormalized],
        severity="error" if facts.refusal else None,
        command=facts.repair.rewrite(targets=f"t / t.sum({axis_of(facts)}, keepdims=True)"),
    )
