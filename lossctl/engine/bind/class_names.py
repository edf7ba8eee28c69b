"""Which number each text label stands for: the class of a score column, or 0 and 1.

Classes are in the order of `class_names`, else of the columns of the scores where their names hold
the labels, else sorted, as scikit-learn orders them; of two labels `positive` is 1.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import LABEL_KINDS, Input, Loss
from lossctl.core.options import Options
from lossctl.core.spelling import did_you_mean, listed, option, plural, visible
from lossctl.engine.bind.layout import Fit
from lossctl.engine.sources import Source, names_of
from lossctl.engine.text_labels import Text, in_order, is_number, recoded, text_of

SHOWN = 6  # labels that a message shows
TEN = 10  # whole numbers from 0 on that text sorts as numbers are sorted


class Numbered(NamedTuple):
    """Inputs without text, what was decided about labels, and the options that decided it.

    `names` are the classes that the labels of the targets name, in order; None where some have no
    label.
    """

    sources: dict[str, Source]
    notes: tuple[str, ...] = ()
    signed: Mapping[str, Any] = {}
    names: tuple[str, ...] | None = None


class Labels(NamedTuple):
    """The labels of one input: where they are, and what says which number each stands for."""

    name: str
    source: Source
    text: Text
    options: Options

    @property
    def words(self) -> list[str]:
        """The labels, sorted."""
        return self.text.words_in(self.source)

    def unknown(self, known: Sequence[str], what: str) -> DataError:
        """Return the error about the first label that is none of the known ones."""
        place, word = self.text.first(lambda word: word not in known, self.source)
        hint = did_you_mean(word, known)
        return DataError(
            f"{self.source.label}: {place}: the label {_quoted([word])} is {what} "
            f"{_quoted(known)}{hint}"
        )


def require_a_name_each(loss: Loss, names: Sequence[str], columns: int) -> None:
    """Refuse names of classes that are not as many as these.

    Raises
    ------
    UsageError
        With both numbers.
    """
    if len(names) != columns:
        masks = f"{columns} classes" if columns else "a single mask without classes"
        raise UsageError(
            f"{option('class_names')}: {plural(len(names), 'name')} for {masks} ({loss.id}); "
            "give one name per class"
        )


def number_labels(
    loss: Loss,
    sources: dict[str, Source],
    options: Options,
    fit: Callable[[dict[str, Source]], Fit],
) -> Numbered:
    """Return the inputs with numbers in place of text.

    Parameters
    ----------
    loss, sources, options
        What is evaluated, on what, how.
    fit
        Fits the inputs once their text is codes, which says how labels are read.

    Raises
    ------
    DataError, UsageError
        For text where numbers belong, for a label in no class, and when nothing says which is
        which.
    """
    known = {entry.name: entry for entry in loss.inputs}
    numbered = dict(sources)
    labels: list[Labels] = []
    for name, source in sources.items():
        text = text_of(source)
        if text is None:
            continue
        entry = known.get(name)
        if _takes_labels(entry):
            one = Labels(name, source, text, options)
            if text.numbers() is None or _named(one):
                labels.append(one)
                continue
            _require_one_order(one)
        if name == "group" or (entry is not None and entry.kind == "class"):
            numbered[name] = recoded(source, in_order(text))
        elif (numbers := text.numbers()) is not None:
            numbered[name] = recoded(source, numbers)
        else:
            raise text.no_numbers(source)
    return _numbered(loss, numbered, labels, fit)


def number_targets(
    source: Source, columns: int, score_names: Sequence[str]
) -> tuple[Source, str | None, list[str]]:
    """Return targets without text where no loss says how they are read, a note, and the labels.

    `columns` classes are scored, 0 for none; without scores labels are numbered as they are sorted.
    """
    text = text_of(source)
    if text is None:
        return source, None, []
    if (numbers := text.numbers()) is not None:
        return recoded(source, numbers), None, []
    labels = Labels("targets", source, text, Options())
    if columns:
        numbers, note = classes_of(labels, columns, score_names)
    else:
        numbers = in_order(text)
        note = f"targets: labels are {_mapping(labels.words)}, sorted"
    return recoded(source, numbers), note, labels.words


def require_columns_alike(sources: Mapping[str, Source]) -> None:
    """Refuse inputs whose columns have the same names in different orders.

    Columns are matched by place, so that the scores of a class would be compared with the labels
    of another: ``p_cat, p_dog`` with ``y_dog, y_cat``.
    """
    own = {name: _own_parts(names_of(source)) for name, source in sources.items()}
    several = [(name, parts) for name, parts in own.items() if len(parts) > 1]
    ordered = sorted(several, key=lambda one: one[0] != "predictions")
    for name, theirs in ordered[1:]:
        first, parts = ordered[0]
        if theirs != parts and set(theirs) == set(parts):
            columns = dict(zip(theirs, names_of(sources[name]), strict=True))
            raise DataError(
                f"{sources[name].label}: the columns of the {name} are in another order than those "
                f"of the {first} ({_quoted(names_of(sources[first]))}), but columns are matched by "
                f"position; choose {','.join(visible(columns[part]) for part in parts)}"
            )


def names_by_columns(names: Sequence[str]) -> tuple[str, ...]:
    """Return what classes are called by the columns of their scores.

    Whole words that all share at the beginning or the end are left out.

    Examples
    --------
    >>> names_by_columns(["p_car", "p_cat"]), names_by_columns(["car", "cat"])
    (('car', 'cat'), ('car', 'cat'))
    """
    before = _alike(names)
    after = _alike([name[before:][::-1] for name in names])
    start = next((at for at in range(before, 0, -1) if not names[0][at - 1].isalnum()), 0)
    end = next((at for at in range(after, 0, -1) if not names[0][-at].isalnum()), 0)
    return tuple(name[start : len(name) - end] for name in names)


def _own_parts(names: Sequence[str]) -> list[str]:
    """Return what is left of names without a beginning and an end that all share."""
    before = _alike(names)
    after = _alike([name[before:][::-1] for name in names])
    return [name[before : len(name) - after] for name in names]


def _takes_labels(entry: Input | None) -> bool:
    return entry is not None and (entry.kind in LABEL_KINDS or _is_index(entry))


def _is_index(entry: Input) -> bool:
    """Whether an input holds the class of each item, and no mere identity."""
    return entry.kind == "class" and entry.name == "targets"


def _named(labels: Labels) -> bool:
    """Whether an option names labels that are numbers in text."""
    names = {*(labels.options.class_names or ()), labels.options.positive}
    return bool(names & set(labels.text.words))


def _require_one_order(labels: Labels) -> None:
    """Refuse many numbers in text, which are in one order as text and in another as numbers."""
    words = labels.words
    numbers = [float(word) for word in words if is_number(word)]
    if len(numbers) > TEN and numbers != sorted(numbers) and all(map(float.is_integer, numbers)):
        raise DataError(
            f"{labels.source.label}: {labels.name} are numbers stored as text, which sort in "
            f"another order as text ({_quoted(words)}); give integers, or the classes in the order "
            f"of the scores with {option('class_names')}"
        )


def _numbered(
    loss: Loss,
    sources: dict[str, Source],
    labels: Sequence[Labels],
    fit: Callable[[dict[str, Source]], Fit],
) -> Numbered:
    notes: list[str] = []
    signed: dict[str, Any] = {}
    names: tuple[str, ...] | None = None
    codes = {
        one.name: recoded(one.source, {word: 2.0 + n for n, word in enumerate(one.words)})
        for one in labels
    }
    for one in labels:
        entry = next(entry for entry in loss.inputs if entry.name == one.name)
        if _is_index(entry):
            columns = sources["predictions"].shape[-1]
        else:
            fitted = fit(sources | codes)
            columns = fitted.layout.columns if fitted.targets in {"index", "one_hot"} else 0
            if fitted.targets == "one_hot":
                raise DataError(
                    f"{one.source.label}: {one.name} are text of the shape of the class scores "
                    f"{sources['predictions'].shape}; give one label per row of scores"
                )
        if columns and one.options.positive is not None:
            raise UsageError(
                f"{option('positive')}: is for one score per item; the scores have {columns}, "
                f"whose classes {option('class_names')} names"
            )
        if columns:
            numbers, note = classes_of(one, columns, names_of(sources["predictions"]))
            if one.options.class_names:
                signed["class_names"] = one.options.class_names
        else:
            numbers, note = _two_labels(one, loss), None
        sources[one.name] = recoded(one.source, numbers)
        if one.name == "targets" and len(numbers) == (columns or 2):
            names = tuple(sorted(numbers, key=numbers.__getitem__))
        if note is not None:
            notes.append(note)
    return Numbered(sources, tuple(notes), signed, names)


def classes_of(
    labels: Labels, columns: int, score_names: Sequence[str]
) -> tuple[dict[str, float], str | None]:
    """Return the class of each label, and a note of them unless an option gave them.

    Raises
    ------
    DataError
        For a label in no class, or labels that are not as many as the classes.
    UsageError
        For names that are not as many as the classes.
    """
    classes: Sequence[str] | None = labels.options.class_names
    note = None
    if classes is not None:
        if len(classes) != columns:
            raise UsageError(
                f"{option('class_names')}: {plural(len(classes), 'name')} for {columns} classes; "
                "give one name per class, in the order of the scores"
            )
        note = _note_of_another_order(classes, score_names)
    elif len(score_names) == columns and (named := named_by(score_names, labels.words)):
        classes = named
        note = f"{labels.name}: labels are {_mapping(named)}, by the names of the score columns"
    if classes is None:
        classes = labels.words
        if len(classes) != columns:
            raise DataError(
                f"{labels.source.label}: {plural(len(classes), 'label')} ({_quoted(classes)}) for "
                f"{columns} classes of scores; name the classes in the order of the scores with "
                f"{option('class_names')}"
            )
        _require_text(labels)
        _require_clear_order(labels)
        order = f"sorted ({option('class_names')} sets another order)"
        note = f"{labels.name}: labels are {_mapping(classes)}, {order}"
    numbers = {word: float(number) for number, word in enumerate(classes)}
    if not numbers.keys() >= set(labels.words):
        raise labels.unknown(classes, "in no class; the classes are")
    return numbers, note


def _note_of_another_order(classes: Sequence[str], score_names: Sequence[str]) -> str | None:
    """Say so where the columns of the scores are the classes in another order than is given."""
    if len(score_names) != len(classes):
        return None
    by_column = named_by(score_names, sorted(classes))
    if by_column is None or by_column == list(classes) or set(by_column) != set(classes):
        return None
    return (
        f"the columns of the scores are {_quoted(score_names)}, another order of the classes than "
        f"{option('class_names', list(classes))}, which is taken; by the columns it would be "
        f"{option('class_names', by_column)}"
    )


def _require_text(labels: Labels) -> None:
    """Refuse numbers among the labels, whose place among sorted texts nobody means."""
    if any(map(is_number, labels.words)):
        place, word = labels.text.first(lambda word: not is_number(word), labels.source)
        raise DataError(
            f"{labels.source.label}: {place}: {_quoted([word])} is not a number, but other labels "
            f"are; name all classes with {option('class_names')}"
        )


def _require_clear_order(labels: Labels) -> None:
    """Refuse names that differ in a number by which they stand in another order than as text."""
    parts = [re.fullmatch(r"(.*?)(\d{1,18})", word, re.DOTALL) for word in labels.words]
    numbers = [int(part[2]) for part in parts if part]
    alike = len(numbers) == len(parts) and len({part[1] for part in parts if part}) == 1
    if alike and numbers != sorted(numbers):
        raise DataError(
            f"{labels.source.label}: {labels.name} ({_quoted(labels.words)}) sort in another order "
            f"as numbers; name the classes in the order of the scores with {option('class_names')}"
        )


def named_by(names: Sequence[str], words: Sequence[str]) -> list[str] | None:
    """Return the class that each column is named for, or None where no column names a label.

    Columns are named for a label by what is left without a beginning and an end that all share:
    ``p_cat, p_dog`` or ``cat_prob, dog_prob``. A column that names none stands under its own name.
    """
    before = _alike(names)
    after = _alike([name[before:][::-1] for name in names])
    for spelled in (str, _loosely):
        by_spelling = {spelled(word): word for word in words}
        best: list[str] = []
        most = 0
        for first, last in product(range(before + 1), range(after + 1)):
            own = [name[first : len(name) - last] for name in names]
            count = len({spelled(one) for one in own} & by_spelling.keys())
            if count > most:
                most, best = count, [by_spelling.get(spelled(one), one) for one in own]
        if best:
            return best if len(set(best)) == len(best) else None
    return None


def _alike(names: Sequence[str]) -> int:
    """Return how many letters names begin with alike."""
    letters = enumerate(zip(*names, strict=False))
    return next((at for at, each in letters if len({*each}) > 1), min(map(len, names), default=0))


def _loosely(text: str) -> str:
    """Spell a label as the name of a column may: without case, blanks and marks."""
    return re.sub(r"\W+", "_", text.strip()).casefold()


def _two_labels(labels: Labels, loss: Loss) -> dict[str, float]:
    """Return 1 for the positive label and 0 for the other.

    Raises
    ------
    UsageError
        When no option says which is positive.
    DataError
        When there are more than two.
    """
    words, positive = labels.words, labels.options.positive
    names = labels.options.class_names
    where = labels.source.label
    if positive is None and names is not None and len(names) == 2:
        positive = names[1]
    if len(words) > 2:
        more = f", such as {_quoted(words)}" if len(words) <= SHOWN else ""
        raise DataError(
            f"{where}: {loss.id} reads two labels here, {labels.name} hold {len(words)}{more}; for "
            "several classes give one score per class and a loss such as cross_entropy"
        )
    if positive is None:
        raise UsageError(
            f"{where}: which label is positive, {listed(map(_shown, words), 'or')}? Set "
            f"{option('positive', visible(words[-1]))}"
        )
    if len(words) == 2 and positive not in words:
        raise UsageError(
            f"{option('positive')}: {_shown(positive)} is not a label of {where}, which holds "
            f"{_quoted(words)}{did_you_mean(positive, words)}"
        )
    return {word: float(word == positive) for word in words}


def _mapping(classes: Sequence[str]) -> str:
    """Write classes and their numbers: ``cat 0, dog 1``."""
    shown = [f"{visible(word)} {number}" for number, word in enumerate(classes)]
    return ", ".join(shown if len(shown) <= SHOWN + 1 else [*shown[:SHOWN], "…", shown[-1]])


def _quoted(words: Sequence[str]) -> str:
    shown = list(map(_shown, words))
    return ", ".join(shown if len(shown) <= SHOWN + 1 else [*shown[:SHOWN], "…", shown[-1]])


def _shown(word: str) -> str:
    return visible(repr(word if len(word) <= 40 else word[:39] + "…"))
