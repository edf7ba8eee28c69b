"""Run every law on one loss."""

from collections.abc import Callable, Iterator
from typing import Any

from lossctl.core.loss import Loss
from lossctl.losses.plugins import as_loss
from lossctl.testing import declaration, gradients, storage, weights
from lossctl.testing.cases import Case, cases_of, reads_label_rows
from lossctl.testing.oracles import Oracle, agrees_with_the_oracle

Law = Callable[[Case], None]

OF_LOSS: tuple[Callable[[Loss], None], ...] = (
    declaration.declaration_is_consistent,
    declaration.every_field_is_filled,
    declaration.every_reference_has_a_link,
    declaration.every_example_is_worth_what_was_worked_out,
    declaration.curve_can_be_drawn,
    declaration.defaults_lie_inside,
)
BRIEFLY = (declaration.declaration_is_consistent, declaration.defaults_lie_inside)
OF_PARAMETERS = (
    declaration.values_outside_are_refused,
    declaration.values_inside_are_accepted,
    declaration.lists_fit_or_are_refused,
)
OF_EVERY_CASE: tuple[Law, ...] = (
    declaration.every_parameter_set_is_finite,
    gradients.weighted_gradient_matches_differences,
)
OF_DEFAULTS: tuple[Law, ...] = (
    gradients.gradient_matches_differences,
    gradients.gradient_of_none_is_that_of_the_sum,
    storage.inputs_are_never_written_to,
    storage.every_layout_of_memory_agrees,
    storage.narrow_floats_agree_with_their_float64,
    storage.labels_of_every_type_agree,
    storage.wrong_shapes_are_refused,
    storage.other_inputs_must_have_the_shape_of_the_predictions,
    storage.no_items_are_an_error,
    storage.number_of_inputs_is_checked,
    storage.domains_of_inputs_are_checked,
)
OF_RECORDS: tuple[Law, ...] = (
    gradients.gradient_matches_differences,
    gradients.gradient_of_none_is_that_of_the_sum,
    storage.inputs_are_never_written_to,
    storage.every_layout_of_memory_agrees,
    storage.narrow_floats_agree_with_their_float64,
    storage.items_of_every_input_must_be_as_many,
    storage.no_items_are_an_error,
    storage.number_of_inputs_is_checked,
    storage.domains_of_inputs_are_checked,
)
OF_WEIGHTS: tuple[Law, ...] = (
    weights.weight_two_is_the_item_twice,
    weights.weight_zero_is_the_item_absent,
    weights.what_an_item_of_weight_zero_holds_does_not_matter,
    weights.equal_weights_change_nothing,
)
OF_LISTS: tuple[Law, ...] = (
    weights.weight_zero_is_the_item_absent,
    weights.what_an_item_of_weight_zero_holds_does_not_matter,
    weights.weight_two_is_the_list_twice,
    weights.an_ignored_item_is_absent_from_its_list,
)
OF_FORMS: tuple[Law, ...] = (
    storage.threads_and_sources_change_no_bit,
    storage.streamed_gradient_is_the_whole_one,
)


def check_loss(loss: Loss | Callable[..., Any], *, oracle: Oracle | None = None) -> None:
    """Run the laws that every loss of lossctl obeys on one loss.

    Parameters
    ----------
    loss
        The loss, or a function of arrays that declares one; it need not be in the catalogue.
    oracle
        An independent formula for one item, ``oracle(*inputs, kind=..., **params)``: numbers for an
        element, tuples for a row or a pool. Values are compared with it when it is given.

    Raises
    ------
    AssertionError
        For the first law that is broken, naming the law, the case and the numbers.
    """
    loss = as_loss(loss)
    for of_loss in BRIEFLY if loss.page.is_brief else OF_LOSS:
        _hold(of_loss, loss.id, loss)
    for param in loss.params:
        for of_parameter in OF_PARAMETERS:
            _hold(of_parameter, f"{loss.id} {param.name}", loss, param)
    for law, case in laws_and_cases(loss):
        _hold(law, case.name, case)
        if oracle is not None and law is OF_EVERY_CASE[0] and case.loss is loss:
            _hold(agrees_with_the_oracle, case.name, case, oracle)


def laws_of(loss: Loss) -> tuple[Law, ...]:
    """Return the laws of default cases that apply to a loss."""
    apply = (OF_RECORDS if loss.in_words else OF_DEFAULTS) + _of_weights(loss)
    if loss.in_words or not loss.pooled:
        apply = (*apply, storage.item_values_have_the_same_bits)
    by_sample = loss.pooled or loss.grouped == "set"
    if not by_sample or reads_label_rows(loss):
        return apply
    return (*apply, gradients.gradient_by_sample_matches_differences)


def _of_weights(loss: Loss) -> tuple[Law, ...]:
    """Return the laws of the weights of items, or of lists."""
    if loss.grouped == "lists":
        more = (weights.weight_two_is_the_item_twice,) if loss.item_weights else ()
        return OF_LISTS + more
    return (weights.groups_take_no_weights,) if loss.grouped else OF_WEIGHTS


def laws_and_cases(loss: Loss) -> Iterator[tuple[Law, Case]]:
    """Yield every law of a loss with each case it is held on."""
    for case in cases_of(loss):
        yield from ((law, case) for law in OF_EVERY_CASE)
    for case in cases_of(loss, defaults=True):
        yield from ((law, case) for law in laws_of(case.loss))  # a variant may be grouped otherwise
    for case in cases_of(loss, defaults=True, brief=True):
        yield from ((law, case) for law in OF_FORMS)


def _hold(law: Callable[..., None], name: str, *given: Any) -> None:
    """Run a law; say which one it was where it is broken, and that it could not be run."""
    title = law.__name__.replace("_", " ")
    try:
        law(*given)
    except AssertionError as error:
        raise AssertionError(f"{name}: the law that {title} is broken: {error}") from None
    except Exception as error:
        raise AssertionError(f"{name}: the law that {title} cannot be run: {error!r}") from error
