"""Predictions that are labels, of a metric: numbers or text, each beside the true label.

What is compared is which label stands where, whatever the labels are: the classes are the distinct
labels of both, sorted, and each label is the place of its class. Labels 0 and 1 need none of this;
they are read as scores that are over a threshold or not.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.spelling import did_you_mean, option, visible
from lossctl.core.threads import run_blocks
from lossctl.engine.bind.label_maps import layout_of_labels, same_shape
from lossctl.engine.bind.layout import MOST_LABELS, Fit, plain_grid
from lossctl.engine.sources import Source, View
from lossctl.engine.text_labels import recoded, text_of

Labels: TypeAlias = tuple[float | str, ...]
FIRST = 4_096  # elements of the first look, which mostly settles that predictions are no labels
NAMES = ("predictions", "targets")


class Worded(View):
    """Text as numbers, which knows its words."""

    def __init__(self, base: Source, words: Sequence[str]) -> None:
        """Look at the numbers of the words, each the place of its word."""
        super().__init__(base)
        self.words = tuple(words)


class Coded(View):
    """Labels as the places of their classes; NaN, and the label to ignore, as they are."""

    def __init__(self, base: Source, values: Array, codes: Array, ignored: int | None) -> None:
        """Take the labels, sorted, and the place of the class of each."""
        super().__init__(base, dtype=np.dtype(np.float64))
        self._values, self._codes, self._ignored = values, codes.astype(np.float64), ignored

    def read(self, start: int, stop: int) -> Array:
        """Return the places."""
        given = self.base.read(start, stop).astype(np.float64)
        at = np.clip(np.searchsorted(self._values, given), 0, len(self._values) - 1)
        found = self._values[at] == given
        kept = np.where(found, self._codes[at], np.nan)
        return kept if self._ignored is None else np.where(given == self._ignored, given, kept)


class _Seen(NamedTuple):
    """The distinct predictions and targets that count, sorted."""

    predictions: Array
    targets: Array

    @property
    def all(self) -> Array:
        """Those of both."""
        return np.union1d(self.predictions, self.targets)


def without_text(sources: dict[str, Source], options: Options) -> dict[str, Source]:
    """Return the inputs with the words of text labels as numbers, where predictions are text.

    Words among the targets come first, so that targets are the same numbers for every model.

    Raises
    ------
    DataError
        Where only the predictions are text.
    """
    predicted, true = (text_of(sources[name]) for name in NAMES)
    if predicted is None or true is None:
        if predicted is not None and predicted.numbers() is None:
            raise DataError(
                f"{sources['predictions'].label}: predictions are text and targets are numbers; "
                "give both as text, or both as numbers"
            )
        return sources
    spelled = {*(options.class_names or ()), options.positive}
    texts = (predicted, true)
    if all(text.numbers() is not None for text in texts) and not any(
        spelled & set(text.words) for text in texts
    ):
        return sources
    targets, predictions = sources["targets"], sources["predictions"]
    words = true.words_in(targets)
    known = set(words)
    words += [word for word in predicted.words_in(predictions) if word not in known]
    numbers = {word: float(place) for place, word in enumerate(words)}
    named = {name: Worded(recoded(sources[name], numbers), words) for name in NAMES}
    return {**sources, **named}


def fit_predicted_labels(
    loss: Loss, sources: dict[str, Source], options: Options, known: Labels | None
) -> Fit | None:
    """Read predictions as labels, where they are; None where they are scores.

    Parameters
    ----------
    known
        The labels of other models that are compared with these, which are classes too.

    Raises
    ------
    DataError
        When they are said to be labels and are not, or the metric needs scores.
    """
    if options.input not in {"auto", "labels"} or options.task == "multilabel":
        return None
    if "item" not in loss.form_axes and len(sources["predictions"].shape) < 2:
        raise DataError(
            f"{loss.id} needs a score of each class, (N, C); predictions "
            f"{sources['predictions'].shape} hold one number per item"
        )
    if loss.needs_rows and _words_of(sources["predictions"]) is None:
        return None  # whole numbers are scores
    views = same_shape(sources, options.class_axis)
    if views is None:
        return None
    words = _words_of(views["targets"])
    seen = _distinct(views, options)
    if seen is None or not _are_labels(seen, views, options, worded=words is not None):
        if options.input == "labels" and seen is None:
            raise DataError(
                f"{sources['predictions'].label}: predictions are to be read as labels, but hold "
                "fractions"
            )
        return None
    if loss.needs != "labels":  # type: ignore[attr-defined]
        raise DataError(
            f"{loss.id} needs scores, but predictions hold labels; give probabilities or logits"
        )
    return _fit(loss, views, seen, options, words=words, known=known)


def _words_of(source: Source) -> tuple[str, ...] | None:
    while isinstance(source, View):
        if isinstance(source, Worded):
            return source.words
        source = source.base
    return None


def _are_labels(
    seen: _Seen, views: Mapping[str, Source], options: Options, *, worded: bool
) -> bool:
    """Whether whole numbers are labels rather than scores, or masks of 0 and 1."""
    if worded:
        return True
    if bool(np.isin(seen.all, (0.0, 1.0)).all()):
        return False
    stored_whole = views["predictions"].dtype.kind in "iu"
    classes = not np.isin(seen.targets, (0.0, 1.0)).all()
    return stored_whole or classes or options.input == "labels"


def _distinct(views: Mapping[str, Source], options: Options) -> _Seen | None:
    """Return the labels that stand in both; None where predictions hold fractions."""
    size = prod(views["predictions"].shape)

    def of(start: int, stop: int) -> list[Array] | None:
        predictions, targets = (views[name].read(start, stop) for name in NAMES)
        if options.ignore_index is not None:
            kept = targets != options.ignore_index
            predictions, targets = predictions[kept], targets[kept]
        if _has_fractions(predictions):
            return None
        return [_unique(predictions), _unique(targets)]

    if of(0, min(FIRST, size)) is None:
        return None
    parts = run_blocks(plain_grid(size), of, options.threads)
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    both = [np.unique(np.concatenate(side)) for side in zip(*found, strict=True)]
    for name, labels in zip(NAMES, both, strict=True):
        if len(labels) > MOST_LABELS:
            raise DataError(
                f"{views[name].label}: holds more than {MOST_LABELS} different labels; give scores"
            )
    return _Seen(*both)


def _has_fractions(values: Array) -> bool:
    if values.dtype.kind != "f":
        return False
    return bool(((np.floor(values) != values) & ~np.isnan(values)).any())


def _unique(values: Array) -> Array:
    values = values.astype(np.float64)
    return np.unique(values[~np.isnan(values)])


def _fit(
    loss: Loss,
    views: dict[str, Source],
    seen: _Seen,
    options: Options,
    *,
    words: Sequence[str] | None,
    known: Labels | None,
) -> Fit:
    values = seen.all
    own: Labels = tuple(values.tolist() if words is None else (words[int(v)] for v in values))
    labels = _ordered({*own, *(known or ())}, options, views, words)
    places = _places(labels, options.ignore_index)
    codes = np.array([places[label] for label in own])
    classes = max(places.values()) + 1
    ignored = options.ignore_index if words is None else None
    coded: dict[str, Source] = {
        name: Coded(source, values, codes, ignored) if name in NAMES else source
        for name, source in views.items()
    }
    layout = layout_of_labels(loss, views, classes, options)
    positive = _positive(labels, options)
    task = "binary" if len(labels) <= 2 else "multiclass"
    class_names = ["" for _ in range(classes)]
    for label, place in places.items():
        class_names[place] = label if isinstance(label, str) else f"{label:g}"
    named = options.class_names if words is None else None
    names = tuple(named or class_names)
    return Fit(
        layout,
        task,
        "index",
        coded,
        labels=tuple(labels),
        names=names,
        positive=places.get(positive),
    )


def _ordered(
    labels: set[Any], options: Options, views: Mapping[str, Source], words: Sequence[str] | None
) -> list[Any]:
    """Return the classes in order: sorted, or as the option says."""
    named = options.class_names
    if named is None:
        return sorted(labels)
    if words is None:  # numbers are the indices of names
        if outside := sorted(label for label in labels if not 0 <= label < len(named)):
            raise DataError(
                f"{views['predictions'].label}: the label {outside[0]:g} is the index of no class "
                f"of {option('class_names')}, which has {len(named)}"
            )
        return [float(place) for place in range(len(named))]
    if unknown := sorted(labels - set(named)):
        hint = did_you_mean(unknown[0], named)
        raise DataError(
            f"{views['predictions'].label}: the label {visible(repr(unknown[0]))} is none of "
            f"{option('class_names')}{hint}"
        )
    return list(named)


def _places(labels: Sequence[Any], ignored: int | None) -> dict[Any, int]:
    """Return the place of each class; the label to ignore stands for itself, and for no class."""
    free = (place for place in range(len(labels) + 1) if place != ignored)
    return {
        label: int(label) if label == ignored and label >= 0 else next(free) for label in labels
    }


def _positive(labels: Sequence[Any], options: Options) -> Any:
    """Return the positive one of two labels: 1 of 0 or −1 and 1, or the one said."""
    if options.positive is not None:
        called = [label if isinstance(label, str) else f"{label:g}" for label in labels]
        if options.positive not in called:
            hint = did_you_mean(options.positive, called)
            raise UsageError(
                f"{option('positive')}: {visible(repr(options.positive))} is none of the labels "
                f"{', '.join(map(visible, called))}{hint}"
            )
        return labels[called.index(options.positive)]
    if set(labels) <= {-1.0, 0.0, 1.0} and 1.0 in labels and len(labels) <= 2:
        return 1.0
    return None
