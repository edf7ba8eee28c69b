"""Classes that are missing, or rare (LC305, LC307)."""

import numpy as np

from lossctl.checks.facts import Facts, class_counts
from lossctl.checks.label_encodings import expected_labels, outliers_of
from lossctl.checks.rule import Page, Seen, rule
from lossctl.checks.scores import log_probabilities
from lossctl.core.loss import Array
from lossctl.core.spelling import number, some_of

SEVERE = 100.0  # the commonest class, times the rarest
EXPECTED = 12.0  # items of a class that are expected: none is a chance of e^-12
MOST_LISTED = 8


def _expected_counts(facts: Facts) -> Array | None:
    """Return how often each class is expected, were the predictions right: (C,)."""
    logs = log_probabilities(facts)
    sample = facts.sample
    if logs is None or sample is None or not sample.counts.any() or facts.rows is None:
        return None
    masses = np.exp(logs[sample.counts]).sum(axis=0)
    return np.asarray(masses * facts.rows.count / np.count_nonzero(sample.counts))


@rule(
    "LC305",
    "class-never-seen",
    "warning",
    Page(
        what=(
            "A class is predicted but never a target, or a target but never predicted "
            "(class-never-predicted)."
        ),
        why=(
            "Label files without a class, encodings that differ, or data that was filtered: the "
            "loss says nothing about such a class, and macro averages count it as 0."
        ),
        example="y_test = y[y != 3]  # the model still predicts class 3",
        remedy="Compare the classes of the targets with those of the model.",
        reference="https://scikit-learn.org/stable/modules/model_evaluation.html#multiclass-and-multilabel-classification",
        evidence=(
            "Counts of targets and of highest scores by class, and the counts that the "
            "probabilities let expect; a class that is rare and unseen by chance is no finding."
        ),
    ),
    needs=("rows", "sample"),
)
def class_never_seen(facts: Facts) -> list[Seen]:
    """Compare the classes of the targets with those that are predicted."""
    expected, rows = _expected_counts(facts), facts.rows
    if expected is None or rows is None or facts.encoding != "index" or outliers_of(facts):
        return []
    seen, predicted = class_counts(facts), np.asarray(rows.predicted)
    surely = expected - 6.0 * np.sqrt(expected)
    unseen = np.flatnonzero((seen == 0) & (surely > EXPECTED) & (predicted > 0))
    least = seen - 6.0 * np.sqrt(np.maximum(seen, 1))
    unpredicted = np.flatnonzero((predicted == 0) & (seen > 0) & (3 * expected < least))
    neither = np.flatnonzero((seen == 0) & (predicted == 0))
    found = []
    if len(unseen):
        found.append(
            Seen(
                f"{_of_classes(unseen)} never a target, but at least "
                f"{int(predicted[unseen].sum())} rows have their highest score there",
                {"classes": unseen.tolist(), "predicted": predicted[unseen].tolist()},
            )
        )
    if len(unpredicted):
        found.append(
            Seen(
                f"class-never-predicted: {_of_classes(unpredicted)} "
                f"{int(seen[unpredicted].sum())} times a target, and never has the highest score; "
                f"the probabilities let expect {number(float(expected[unpredicted].sum()), 3)}",
                {
                    "classes": unpredicted.tolist(),
                    "targets": seen[unpredicted].tolist(),
                    "expected": expected[unpredicted].tolist(),
                },
            )
        )
    if len(neither):
        found.append(
            Seen(
                f"{_of_classes(neither)} neither a target nor ever predicted",
                {"classes": neither.tolist()},
                severity="info",
                remedy="Nothing is wrong; macro averages leave such classes out.",
            )
        )
    return found


def _of_classes(places: Array) -> str:
    word, verb = ("class", "is") if len(places) == 1 else ("classes", "are")
    return f"{word} {some_of(places.tolist(), MOST_LISTED)} {verb}"


@rule(
    "LC307",
    "severe-imbalance",
    "info",
    Page(
        what="The commonest class is a hundred times as frequent as the rarest.",
        why=(
            "A mean over items is a mean over the frequent class: a model that never predicts the "
            "rare one has nearly the same loss."
        ),
        example="y = (amount > 10_000).astype(int)  # 17 of 20,000",
        remedy="Look at the loss by class, or weigh the classes.",
        reference="arXiv:1901.05555",
        evidence="Counts by class.",
    ),
    needs=("labels",),
)
def severe_imbalance(facts: Facts) -> Seen | None:
    """Compare the counts of the rarest and of the commonest class."""
    if facts.form == "rows":
        counts = class_counts(facts)
        counts = counts[counts > 0]
    else:
        counts = np.array(
            [c for label, c in facts.labels.items() if label in expected_labels(facts)]
        )
    if len(counts) < 2 or counts.max() < SEVERE * counts.min():
        return None
    ratio = float(counts.max() / counts.min())
    weighed = facts.options.class_weights is not None or (
        facts.loss is not None and facts.loss.pooled
    )
    handled = "; classes are weighed, or pooled over" if weighed else ""
    return Seen(
        f"the commonest class has {counts.max()} items, the rarest {counts.min()}{handled}",
        {"ratio": ratio, "commonest": int(counts.max()), "rarest": int(counts.min())},
    )
