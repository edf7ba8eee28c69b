"""Corrections for many answers at once, and letters for models that do not differ."""

from collections.abc import Sequence
from dataclasses import replace

from lossctl.uncertainty.comparison import Comparison, is_significant


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values adjusted by Holm's step-down method (Scand. J. Stat. 1979, 6, 65–70).

    The chance that any true hypothesis is rejected is at most the level, whatever their
    dependence. None, of identical models, is no test and stays None.
    """
    tests = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(tests):
        largest = max(largest, min((len(tests) - rank) * p, 1.0))
        adjusted[place] = largest
    return adjusted


def holm_comparisons(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Return comparisons with Holm's `p_adjusted`, and verdicts that follow it.

    A model is better or worse only if the corrected p-value is significant too, and undecided
    otherwise. Intervals, and what is equivalent, stay those of each comparison alone.
    """
    adjusted = holm([comparison.p_value for comparison in comparisons])
    return [
        _with_adjusted(comparison, p) for comparison, p in zip(comparisons, adjusted, strict=True)
    ]


def letters(models: Sequence[str], different: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return a compact letter display: two models share a letter unless they differ.

    By insertion and absorption (Piepho, J. Comput. Graph. Stat. 2004, 13, 456–466). Letters are
    given in the order of the first model that has them: a, b, …, z, aa, ab, ….

    Parameters
    ----------
    models
        Names, the best first.
    different
        Pairs of models with a significant difference.
    """
    groups = [frozenset(models)]
    for one, other in different:
        split = []
        for group in groups:
            both = one in group and other in group
            split += [group - {one}, group - {other}] if both else [group]
        groups = _largest(split)
    places = {model: place for place, model in enumerate(models)}
    groups.sort(key=lambda group: sorted(places[model] for model in group))
    names = [_letter(place) for place in range(len(groups))]
    return {
        model: "".join(name for name, group in zip(names, groups, strict=True) if model in group)
        for model in models
    }


def _with_adjusted(comparison: Comparison, p_adjusted: float | None) -> Comparison:
    """Return the comparison with its verdict by the corrected p-value."""
    differs = comparison.verdict in {"better", "worse"}
    if differs and not is_significant(p_adjusted, comparison.confidence):
        return replace(comparison, p_adjusted=p_adjusted, verdict="undecided")
    return replace(comparison, p_adjusted=p_adjusted)


def _largest(groups: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Return the groups that are no part of another."""
    kept = list(dict.fromkeys(groups))
    return [group for group in kept if not any(group < other for other in kept)]


def _letter(place: int) -> str:
    """Return the letters of a place: a to z, then aa, ab, …."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    length = 1
    while place >= 26**length:
        place -= 26**length
        length += 1
    digits = [place // 26**power % 26 for power in reversed(range(length))]
    return "".join(alphabet[digit] for digit in digits)
