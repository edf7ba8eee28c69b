"""Law: weight 2 equals the item twice, weight 0 equals the item absent, whatever it holds."""

from typing import Any

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.testing.cases import Case, with_measured
from lossctl.testing.draws import draw, given_class_weights
from lossctl.testing.running import equal, near, near_each, refusal, require, run, slopes

ITEMS = 7
CHOSEN = 2
POISONS = (np.nan, np.inf, -np.inf, 1e300)


def weigh(case: Case, number: float) -> Array:
    """Give the chosen item (of each label) a weight, the others one step more each.

    Items of lists whose places cannot count in part weigh 1 each.
    """
    weights = 1.0 + 0.5 * np.arange(ITEMS)
    if case.sort == "lists" and not case.loss.item_weights:
        weights[:] = 1.0
    weights[CHOSEN] = number
    return np.repeat(weights[:, None], case.columns, axis=1) if case.has_labels else weights


def weight_two_is_the_item_twice(case: Case) -> None:
    """In the value and in every gradient, beside class weights."""
    case = with_measured(case)
    arrays = draw(case, ITEMS)
    twice = [np.concatenate([array, array[[CHOSEN]]]) for array in arrays]
    once = weigh(case, 1.0)
    doubled = np.concatenate([once, once[[CHOSEN]]])
    for reduction in ("mean", "sum"):
        options: dict[str, Any] = {"reduction": reduction, **given_class_weights(case)}
        value = run(case, arrays, weights=weigh(case, 2.0), **options).value
        near(value, run(case, twice, weights=doubled, **options).value, f"{reduction}")
        found = slopes(case, arrays, weights=weigh(case, 2.0), **options)
        wanted = slopes(case, twice, weights=doubled, **options)
        for gradient in wanted.values():
            gradient[CHOSEN] += gradient[ITEMS]
        near_each(found, {name: gradient[:ITEMS] for name, gradient in wanted.items()})


def weight_zero_is_the_item_absent(case: Case) -> None:
    """In the value, in the number of items and in every gradient."""
    case = with_measured(case)
    arrays, weights = draw(case, ITEMS), weigh(case, 0.0)
    absent = [np.delete(array, CHOSEN, axis=0) for array in arrays]
    rest = np.delete(weights, CHOSEN, axis=0)
    for reduction in ("mean", "sum"):
        options: dict[str, Any] = {"reduction": reduction, **given_class_weights(case)}
        result = run(case, arrays, weights=weights, **options)
        without = run(case, absent, weights=rest, **options)
        near(result.value, without.value, f"{reduction}")
        equal(result.items, without.items, "number of items")
        found = slopes(case, arrays, weights=weights, **options)
        require(not any(gradient[CHOSEN].any() for gradient in found.values()), f"{found}")
        kept = {name: np.delete(gradient, CHOSEN, axis=0) for name, gradient in found.items()}
        near_each(kept, slopes(case, absent, weights=rest, **options))


def what_an_item_of_weight_zero_holds_does_not_matter(case: Case) -> None:
    """NaN, infinities and labels that do not exist are as absent as the item."""
    case = with_measured(case)
    weights = weigh(case, 0.0)
    clean = run(case, draw(case, ITEMS), weights=weights)
    wanted = slopes(case, draw(case, ITEMS), weights=weights)
    for place in range(len(case.inputs)):
        for number, poison in enumerate(POISONS):
            arrays = draw(case, ITEMS)
            arrays[place] = arrays[place].astype(np.float64)
            arrays[place][CHOSEN] = poison
            policies = ("raise", "omit", "propagate")
            for policy in policies if number == 0 else policies[number % 3 :][:1]:
                result = run(case, arrays, weights=weights, nan=policy)
                near(result.value, clean.value, f"{poison} in {case.inputs[place].name}, {policy}")
                counted = (result.items, result.ignored, result.omitted, result.status)
                equal(counted, (clean.items, clean.ignored, clean.omitted, "ok"), "counts")
                near_each(slopes(case, arrays, weights=weights, nan=policy), wanted)


def equal_weights_change_nothing(case: Case) -> None:
    """All weights alike cancel, but where a smoothing mass stands beside the weighted masses."""
    arrays = draw(case, ITEMS)
    value = run(case, arrays).value
    smooth = case.loss.pooled and any(param.name == "smooth" for param in case.loss.params)
    for number in (0.25, 1.0, 8.0):
        weights = np.full(weigh(case, 1.0).shape, number)
        tolerance = 1e-5 if smooth else 1e-14
        found = run(case, arrays, weights=weights).value
        near(found, value, f"all weights {number}", rtol=tolerance, atol=0.0)


def weight_two_is_the_list_twice(case: Case) -> None:
    """Weights of the axes before the last, which is that of a list's items, are those of lists."""
    arrays = draw(case, (4, ITEMS))
    twice = [np.concatenate([array, array[[CHOSEN]]]) for array in arrays]
    once, doubled = np.array([1.0, 3.0, 2.0, 0.0]), np.array([1.0, 3.0, 1.0, 0.0, 1.0])
    for reduction in ("mean", "sum"):
        value = run(case, arrays, weights=once, reduction=reduction).value
        near(value, run(case, twice, weights=doubled, reduction=reduction).value, reduction)
        found = slopes(case, arrays, weights=once, reduction=reduction)
        wanted = slopes(case, twice, weights=doubled, reduction=reduction)
        for gradient in wanted.values():
            gradient[CHOSEN] += gradient[4]
        near_each(found, {name: gradient[:4] for name, gradient in wanted.items()})
    each = run(case, arrays, reduction="none").value
    near(run(case, arrays, weights=once, reduction="none").value, once * each, "none")


def an_ignored_item_is_absent_from_its_list(case: Case) -> None:
    """Where a label to ignore is one of relevance."""
    places = [n for n, entry in enumerate(case.inputs) if entry.kind == "relevance"]
    for place in places:
        for label in (-100, -1):
            arrays = draw(case, ITEMS)
            absent = [np.delete(array, CHOSEN, axis=0) for array in arrays]
            arrays[place][CHOSEN] = label
            result, without = run(case, arrays, ignore_index=label), run(case, absent)
            near(result.value, without.value, f"label {label}")
            equal((result.items, result.ignored), (ITEMS - 1, 1), "number of items")
            found = slopes(case, arrays, ignore_index=label)
            require(not any(gradient[CHOSEN].any() for gradient in found.values()), f"{found}")
            kept = {name: np.delete(gradient, CHOSEN, axis=0) for name, gradient in found.items()}
            near_each(kept, slopes(case, absent))


def groups_take_no_weights(case: Case) -> None:
    """A loss of whole groups refuses weights of items."""
    arrays = draw(case, ITEMS)
    message = refusal(
        UsageError, "a weight", lambda: run(case, arrays, weights=np.ones(len(arrays[0])))
    )
    require(case.loss.id in message, message)
