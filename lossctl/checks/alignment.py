"""Predictions and targets that do not belong together (LC2xx)."""

from dataclasses import replace

from lossctl.checks.exchanged import (
    axis_scrambled,
    classes_permuted,
    inputs_swapped,
    positive_class_inverted,
)
from lossctl.checks.facts import Facts
from lossctl.checks.paired_rows import pairs_in_sequences, pairs_of_sample, sample_is_whole
from lossctl.checks.rule import Page, Seen, rule
from lossctl.core.spelling import plural
from lossctl.diagnostics.agreement import relation
from lossctl.diagnostics.distinct import distinct_counts
from lossctl.diagnostics.row_copies import Copies, find_copies, find_run_at_end
from lossctl.diagnostics.row_shifts import Shift, find_shift, follows_the_past

__all__ = [
    "axis_scrambled",
    "classes_permuted",
    "duplicate_rows",
    "ids_differ",
    "inputs_swapped",
    "positive_class_inverted",
    "rows_shifted",
    "rows_unrelated",
]

OF_FORECASTS = (
    "If rows were shifted, pair each prediction with its own target; if these are forecasts, they "
    "follow the last value: compare them with it."
)
FEW_VALUES = 2  # of predictions, which repeat by themselves


@rule(
    "LC201",
    "rows-unrelated",
    "error",
    Page(
        what="The predictions fit their targets no better than those of other rows.",
        why=(
            "The rows were shuffled on one side, or the files are of different data; any loss of "
            "such pairs is that of random guesses, whatever the model can do."
        ),
        example=(
            "loader = DataLoader(test, shuffle=True)\n"
            "p = predict(model, loader)   # in a new order\n"
            "y = test.targets             # in the order of the files"
        ),
        remedy=(
            "Save predictions, targets and ids in one loop over the data, without shuffling, and "
            "evaluate those."
        ),
        reference="https://docs.pytorch.org/docs/stable/data.html#data-loading-order-and-sampler",
        evidence=(
            "The loss is compared with its exact mean and standard deviation over all pairings of "
            "rows. The predictions' own confidence says where it would lie were they right: at "
            "least six standard deviations below; it lies less than three below."
        ),
    ),
    needs=("sample",),
)
def rows_unrelated(facts: Facts) -> Seen | None:
    """Compare the pairing of rows with all pairings."""
    pairs = pairs_of_sample(facts)
    if pairs is None or facts.predictions.constant:  # which fit those of all rows alike
        return None
    seen = relation(pairs)
    if not seen.is_missing:
        return None
    tokens = pairs_in_sequences(facts)
    if tokens is not None and not relation(tokens).is_missing:
        return None
    return Seen(
        f"the predictions fit their targets no better than those of other rows: "
        f"{seen.seen:.1f} standard deviations better, where predictions as sure as these would "
        f"be {seen.expected:.0f}, in {plural(seen.rows, 'row')}",
        {"deviations": seen.seen, "expected_deviations": seen.expected, "rows": seen.rows},
    )


@rule(
    "LC202",
    "rows-shifted",
    "error",
    Page(
        what="The predictions fit the targets of rows that lie a few rows before or after them.",
        why=(
            "A header was read as a row, a row was dropped on one side, or labels were shifted "
            "twice (once by the data loader and once by the loss); every pair is wrong, while "
            "shapes and shares of classes look right."
        ),
        example="y = tokens[:, 1:]   # shifted here\nmodel(tokens, labels=y)   # and again",
        remedy="Pair every prediction with its own target, by the shift that was found.",
        reference="https://huggingface.co/docs/transformers/tasks/language_modeling",
        evidence=(
            "At one of the lags ±1 … ±16 the loss lies more than six standard deviations below "
            "that of all pairings and more than six standard errors below the loss as it is; or "
            "both on a stretch of at least 64 rows, by eight."
        ),
    ),
    needs=("sample",),
)
def rows_shifted(facts: Facts) -> Seen | None:
    """Look for a lag at which predictions and targets fit each other."""
    pairs = pairs_of_sample(facts)
    shift = None if pairs is None else find_shift(pairs)
    if shift is not None and pairs is not None:
        seen = _shifted(facts, shift, along="row")
        if facts.form == "values" and follows_the_past(pairs, shift):
            message = f"{seen.message}, as those of forecasts that repeat the last value do"
            return replace(seen, severity="info", message=message, remedy=OF_FORECASTS, command="")
        return seen
    tokens = pairs_in_sequences(facts)
    shift = None if tokens is None else find_shift(tokens)
    return None if shift is None or not shift.is_whole else _shifted(facts, shift, along="token")


def _shifted(facts: Facts, shift: Shift, *, along: str) -> Seen:
    size = plural(abs(shift.lag), along)
    side = "after" if shift.lag > 0 else "before"
    ends = (facts.where(row) for row in (shift.start, shift.stop - 1))
    where = "" if shift.is_whole else f" from {' to '.join(ends)}"
    message = (
        f"the predictions fit the targets {size} {side} them{where}: {shift.above_chance:.0f} "
        f"standard deviations better than by chance, and {min(shift.gain, 1e6):.0f} standard "
        "errors better than their own"
    )
    evidence = {
        "lag": shift.lag,
        "deviations": shift.above_chance,
        "standard_errors": shift.gain,
        "along": along,
    }
    if shift.is_whole:
        return Seen(message, evidence, command=_moved(facts, shift.lag, along))
    evidence |= {"start": shift.start, "stop": shift.stop}
    command = _spliced(facts, shift) if sample_is_whole(facts) else ""
    remedy = f"One side has {size} more than the other there: leave them out."
    return Seen(message, evidence, rows=[shift.start], remedy=remedy, command=command)


def _moved(facts: Facts, lag: int, along: str) -> str:
    """Return the command that cuts predictions and targets at opposite ends."""
    first, last = (f":-{lag}", f"{lag}:") if lag > 0 else (f"{-lag}:", f":{lag}")
    if along == "row":
        return facts.repair.rewrite(predictions=f"p[{first}]", targets=f"t[{last}]")
    before = ":, :, " if facts.class_axis == 1 else ":, "
    return facts.repair.rewrite(predictions=f"p[{before}{first}]", targets=f"t[:, {last}]")


def _spliced(facts: Facts, shift: Shift) -> str:
    """Return the command that leaves out the rows that one side has and the other has not."""
    size = abs(shift.lag)
    total = facts.item_shape[0]
    at_end = total - size if shift.stop > total - 2 * size else shift.stop
    longer = f"np.delete({{}}, np.s_[{shift.start}:{shift.start + size}], axis=0)"
    shorter = f"np.delete({{}}, np.s_[{at_end}:{at_end + size}], axis=0)"
    if shift.lag > 0:
        return facts.repair.rewrite(predictions=shorter.format("p"), targets=longer.format("t"))
    before = f"np.delete(p, np.s_[{max(shift.start - size, 0)}:{shift.start}], axis=0)"
    return facts.repair.rewrite(predictions=before, targets=shorter.format("t"))


@rule(
    "LC206",
    "duplicate-rows",
    "warning",
    Page(
        what="Rows occur more than once, predictions and targets alike.",
        why=(
            "An epoch was evaluated twice, shards overlap, or the last batch was padded with rows "
            "that count again: the mean is of other data, and standard errors are too small."
        ),
        example=(
            "# every process gets the same number of rows: some are repeated\n"
            "sampler = DistributedSampler(test, drop_last=False)"
        ),
        remedy="Leave out the copies.",
        reference="https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler",
        evidence=(
            "Rows are compared by 64-bit hashes. Predictions with few distinct values repeat by "
            "themselves: copies must lie at one distance from their originals, at the end, or in "
            "twos where chance would make threes too."
        ),
    ),
    needs=("hashes",),
)
def duplicate_rows(facts: Facts) -> Seen | None:
    """Look for copies of rows."""
    hashes = facts.hashes
    if hashes is None or _repeats_by_itself(facts):
        return None
    total = facts.item_shape[0]
    copies = find_run_at_end(hashes.tail, hashes.tail_start)
    if copies is None:
        copies = find_copies(hashes.hashes, hashes.rows, total)
    if copies is None:
        return None
    about = "" if hashes.share == 1.0 or copies.distance == 1 else "about "
    count = copies.count if copies.distance == 1 else round(copies.count / hashes.share)
    far = (
        "" if copies.distance is None else f", most of them {plural(copies.distance, 'row')} after"
    )
    return Seen(
        f"{about}{count} of {total} rows are copies of earlier ones{far}",
        {"copies": count, "distance": copies.distance, "rows": total},
        rows=copies.rows,
        command=_without_copies(facts, copies, total),
    )


def _repeats_by_itself(facts: Facts) -> bool:
    """Whether the predictions have two distinct values or fewer."""
    sample = facts.sample
    if facts.looks == "labels" or sample is None:
        return True
    return len(distinct_counts(sample.predictions[:4096])[0]) <= FEW_VALUES


def _without_copies(facts: Facts, copies: Copies, total: int) -> str:
    if copies.rows[0] == total - copies.count:
        end = total - copies.count
        return facts.repair.rewrite(predictions=f"p[:{end}]", targets=f"t[:{end}]")
    both = "np.c_[p.reshape(len(p), -1), t.reshape(len(t), -1)]"
    kept = f"np.sort(np.unique({both}, axis=0, return_index=True)[1])"
    return facts.repair.rewrite(predictions=f"p[{kept}]", targets=f"t[{kept}]")


@rule(
    "LC207",
    "ids-differ",
    "error",
    Page(
        what="The ids of the predictions are not those of the targets, row by row.",
        why="Rows are matched by position: a prediction is held against the target of another id.",
        example="lossctl compute predictions.csv::p targets.csv::y --loss bce   # sorted otherwise",
        remedy="Align the rows by their ids, and leave out those that only one side has.",
        reference="https://pandas.pydata.org/docs/reference/api/pandas.merge.html",
        evidence="The ids are counted on both sides: missing, doubled, and in another order.",
    ),
    needs=("ids",),
)
def ids_differ(facts: Facts) -> Seen | None:
    """Compare the ids of two tables."""
    ids = facts.ids
    if ids is None or not (ids.missing or ids.doubled or ids.reordered):
        return None
    parts = [
        f"{plural(ids.missing, 'id')} on one side only" if ids.missing else "",
        f"{plural(ids.doubled, 'id')} more than once" if ids.doubled else "",
        "in another order" if ids.reordered else "",
    ]
    examples = f" (such as {', '.join(ids.examples)})" if ids.examples else ""
    return Seen(
        f"the ids of predictions and targets differ: {', '.join(filter(None, parts))}{examples}",
        {
            "column": ids.column,
            "missing": ids.missing,
            "doubled": ids.doubled,
            "reordered": ids.reordered,
        },
        command=facts.repair.align(ids.column, is_order=ids.reordered),
    )
