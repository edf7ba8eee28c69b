"""Accuracy of every loss against arbitrary precision: the table of docs/numerics.md.

``python -m benchmarks.accuracy`` measures and writes the table, with ``--only LOSS … --keep`` the
rows of some losses (``--only`` alone writes nothing); ``--check`` measures a few losses again and
fails when the table lacks a loss or states less than half of what was found.
"""

import argparse
import math
import platform
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from mpmath import mp, mpf

from benchmarks.accuracy_peers import Peer, peers_of
from benchmarks.accuracy_points import (
    Batch,
    cases_in_words,
    cases_of_form,
    exact_slopes,
    exact_values,
    nasty_batches,
    ordinary_batches,
)
from lossctl.core.loss import Loss
from lossctl.losses.catalogue import every_loss
from lossctl.testing.cases import Case
from lossctl.testing.running import run, slopes
from tests.conformance._ulps import ulps

DOCUMENT = Path(__file__).parent.parent / "docs/numerics.md"
START, END = "<!-- accuracy -->\n", "<!-- /accuracy -->"
QUICK = ("log_cosh", "gamma_deviance", "bce_with_logits", "lovasz_hinge", "giou", "listnet")

SETS = 5
"""Sets of parameters for each encoding of the targets, the defaults among them."""
MOST = 800
"""Items with the default parameters; other sets get a quarter."""
ALONE = 40
"""Units of a batch that are evaluated alone, too: they may take other paths than in company."""
DRAWN = 24
"""Random points at which gradients are measured, besides the fixed ones."""
FAINT = 1e-300
"""A smaller difference counts as none: there float64 itself runs out of digits."""


ALL = 2.0**52
"""An error of half the number and more: no digit is left."""
NOTED = 100.0
"""A larger error of ours must be named by a limit of the document."""
LIMITS = {
    "brier": "1", "kl_divergence": "1", "js_divergence": "1", "distillation": "1, 7",
    "dice": "1, 2, 3", "tversky": "2", "jaccard": "2", "focal_tversky": "2",
    "dice_cross_entropy": "2", "generalized_dice": "2", "gaussian_nll": "4", "poisson_nll": "4",
    "negative_binomial_nll": "4", "hinge_penalty": "4", "log_barrier": "4",
    "forall_rule": "11", "exists_rule": "11", "log_product_rule": "11",
    "triplet": "12", "bradley_terry": "12", "dpo": "12",
    "cosine_embedding": "13", "cosine_similarity": "13", "cosine_distance": "13",
    "info_nce": "13", "nt_xent": "13", "multiple_negatives_ranking": "13", "clip": "13",
    "supervised_contrastive": "13", "multi_similarity": "13", "n_pairs": "13",
    "barlow_twins": "13, 14", "vicreg": "14", "gram_style": "14", "ssim": "15", "ms_ssim": "15",
    "ldam": "5", "cross_entropy": "7", "bce_with_logits": "7", "rmse": "6", "ordinal_emd": "1",
    "generalized_wasserstein_dice": "2",
    "zero_inflated_poisson_nll": "4", "approx_ndcg": "16", "approx_mrr": "16", "box_iou": "17",
    "contrastive": "12", "ipo": "12", "slic": "12", "robust_dpo": "12", "kto": "12", "simpo": "12",
    "cpo": "12", "apo": "12", "discopop": "12", "perplexity": "5", "bits_per_byte": "5",
}  # fmt: skip
"""The limits, by their numbers in the document, that explain the large errors of a loss."""

IN_SPACE = "item 6"
"""The axes of boxes in space."""

NOT_MEASURED = {"bits_per_byte"}  # it has no value for a token alone; perplexity is the same sums


@dataclass
class Errors:
    """Errors of one quantity in ulp, and where the largest was; NaN where a number was NaN."""

    found: list[float] = field(default_factory=list)
    worst: str = ""

    def add(self, error: float, where: str) -> None:
        """Take in one error."""
        if not self.found or error > max(self.found) or math.isnan(error):
            self.worst = where
        self.found.append(error)

    def most(self) -> float:
        """Return the largest error, NaN if there was one."""
        return float(np.max(self.found))

    def usual(self) -> float:
        """Return the error that one in a thousand exceeds."""
        return float(np.quantile(self.found, 0.999, method="inverted_cdf"))


@dataclass
class Row:
    """What was found for one form of a loss; `soft` are values against soft targets."""

    loss: str
    form: str
    values: Errors = field(default_factory=Errors)
    soft: Errors = field(default_factory=Errors)
    slopes: Errors = field(default_factory=Errors)
    peer_values: dict[str, Errors] = field(default_factory=dict)
    peer_slopes: dict[str, Errors] = field(default_factory=dict)


def parts_of(loss: Loss) -> Iterator[tuple[Row, Iterable[Case]]]:
    """Yield a row for each form of a loss, or each variant of other inputs, with its cases."""
    if not loss.in_words:
        for form in loss.forms:
            name = f"{form.axes} {form.kind.replace('_', ' ')}"
            yield Row(loss.id, name), cases_of_form(loss, form, SETS)
        return
    for variant in (loss, *loss.variants, *in_space(loss)):
        for form in variant.forms:
            first, *beside = [entry.name for entry in variant.inputs]
            name = f"{first} +{len(beside)} {form.kind.replace('_', ' ')}"
            if variant.inputs[0].axes == IN_SPACE:
                name += ", six"
            cases = cases_in_words(variant, SETS)
            yield Row(loss.id, name), [case for case in cases if case.form is form]


def in_space(loss: Loss) -> Iterator[Loss]:
    """Yield a loss of boxes with inputs of six numbers, if it takes them."""
    if all(IN_SPACE in entry.axes for entry in loss.inputs):
        inputs = tuple(replace(entry, axes=IN_SPACE) for entry in loss.inputs)
        yield replace(loss, inputs=inputs)


def measure(row: Row, cases: Iterable[Case]) -> Row:
    """Measure one form of a loss and its peers."""
    for case in cases:
        peers = [peer for peer in peers_of(case.loss.id) if peer.applies(case)]
        for batch in nasty_batches(case, MOST if case.is_default else MOST // 4):
            _measure_values(batch, row, peers)
        if case.encoding != "soft":
            for batch in ordinary_batches(case, DRAWN):
                _measure_slopes(batch, row, peers)
    return row


def _measure_values(batch: Batch, row: Row, peers: Sequence[Peer]) -> None:
    """Compare the value of every unit: all at once, and some alone."""
    batch, exact = _with_values(batch)
    mine = row.soft if batch.case.encoding == "soft" else row.values
    _compare(mine, batch, _values(batch), exact)
    for number in range(0, len(batch), max(1, len(batch) // ALONE)):
        one, each = batch.only(slice(number, number + 1)), len(exact) // len(batch)
        _compare(mine, one, _values(one), exact[number * each : (number + 1) * each])
    for peer in peers:
        some, kept = _for_peer(batch, peer)
        if kept.any():
            theirs = row.peer_values.setdefault(peer.name, Errors())
            chosen = [exact[number] for number in np.flatnonzero(kept)]
            _compare(theirs, some, np.ravel(peer.values(some)).tolist(), chosen)


def _measure_slopes(batch: Batch, row: Row, peers: Sequence[Peer]) -> None:
    """Compare the gradient with respect to every input that has one; peers that of the first."""
    batch, _ = _with_values(batch)
    names = [entry.name for entry in batch.case.inputs]
    found = slopes(batch.case, batch.given, reduction="sum", **batch.options)
    exact = {name: exact_slopes(batch, names.index(name)) for name in found}
    for name, gradient in found.items():
        aligned = np.moveaxis(gradient, 1, -1) if "class_axis" in batch.options else gradient
        _compare(row.slopes, batch, np.ravel(aligned).tolist(), exact[name])
    for peer in peers:
        some, kept = _for_peer(batch, peer)
        if kept.any() and peer.name == "PyTorch":
            theirs = row.peer_slopes.setdefault(peer.name, Errors())
            width = len(exact[names[0]]) // len(batch)
            chosen = np.array(exact[names[0]], object)[np.repeat(kept, width)].tolist()
            _compare(theirs, some, np.ravel(peer.slopes(some)).tolist(), chosen)


def _with_values(batch: Batch) -> tuple[Batch, list[mpf]]:
    """Leave out the units at which the definition has no real value."""
    exact = exact_values(batch)
    each = np.reshape(np.array([true is not None for true in exact], bool), (len(batch), -1))
    kept = each.all(axis=1)
    chosen = np.repeat(kept, each.shape[1])
    return batch.only(kept), [true for true, keep in zip(exact, chosen, strict=True) if keep]


def _for_peer(batch: Batch, peer: Peer) -> tuple[Batch, Any]:
    """Leave out the units at which a peer defines something else; say which are left."""
    kept = peer.means_the_same(batch)
    return batch.only(kept), kept


def _values(batch: Batch) -> list[float]:
    found = run(batch.case, batch.given, reduction="none", **batch.options).value
    return np.ravel(found).tolist()  # type: ignore[no-any-return]


def _compare(errors: Errors, batch: Batch, found: Iterable[float], exact: Sequence[mpf]) -> None:
    for number, (one, true) in enumerate(zip(found, exact, strict=True)):
        unit = number * len(batch) // len(exact)
        at = [array[unit].tolist() for array in batch.arrays]
        errors.add(error_of(one, true), f"{batch.case.name} at {at}: {one!r}, not {float(true)!r}")


def error_of(found: float, exact: mpf) -> float:
    """Return the error in ulp, NaN of NaN."""
    if math.isnan(found):
        return math.nan
    if math.isfinite(found) and abs(mpf(found) - exact) < FAINT:
        return 0.0
    error = ulps(found, exact)
    return min(error, ALL) if math.isfinite(found) and mp.isfinite(exact) else error


# The table

HEADS = ("loss", "form", "value", "99.9 %", "soft", "gradient", "99.9 %", "limit")
PEER_HEADS = ("others: value", "others: gradient")


def table(rows: Iterable[Row]) -> str:
    """Write the rows as Markdown, below a line that says what they were measured with."""
    packages = ("numpy", "scipy", "torch", "scikit-learn")
    seen = ", ".join(f"{name} {version(name)}" for name in packages)
    lines = [
        f"Measured on {platform.machine()} with {seen}.",
        "",
        f"| {' | '.join((*HEADS, *PEER_HEADS))} |",
        f"|---|---|{'--:|' * 5}---|---|---|",
        *(f"| {' | '.join(_cells(row))} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> Iterator[str]:
    yield from (f"`{row.loss}`", row.form)
    yield from (_written(row.values), _written(row.values, usual=True), _written(row.soft))
    yield from (_written(row.slopes), _written(row.slopes, usual=True))
    yield LIMITS.get(row.loss, "unexplained") if _needs_note(row) else ""
    for peers in (row.peer_values, row.peer_slopes):
        yield ", ".join(f"{name} {_written(errors)}" for name, errors in peers.items())


def _needs_note(row: Row) -> bool:
    """Whether some error is large, or no number."""
    mine = (errors for errors in (row.values, row.soft, row.slopes) if errors.found)
    return any(not errors.most() <= NOTED for errors in mine)


def _written(errors: Errors, *, usual: bool = False) -> str:
    """Write an error with two digits, rounded up; nothing where nothing was measured."""
    if not errors.found:
        return ""
    error = errors.usual() if usual else errors.most()
    if not math.isfinite(error):
        return "NaN" if math.isnan(error) else "inf"
    if error >= ALL:
        return "all"
    if error < 100.0:
        return f"{math.ceil(error * 10.0) / 10.0:.1f}"
    return f"{error * 1.04:.1e}".replace("e+", "e").replace("e0", "e")


def stated() -> dict[tuple[str, str], tuple[str, ...]]:
    """Read the cells of the table that stands in the document, by loss and form."""
    inside = DOCUMENT.read_text(encoding="utf-8").partition(START)[2].partition(END)[0]
    cells = [re.split(r" *\| *", line.strip("| ")) for line in inside.splitlines() if "`" in line]
    return {(row[0].strip("`"), row[1]): tuple(row[2:]) for row in cells}


def _limit_of(cell: str) -> float:
    """Return the most that a cell allows: twice what it states, and at least one ulp."""
    return max(1.0, 2.0 * float({"": "0", "all": "inf"}.get(cell, cell)))


def check() -> list[str]:
    """Say what the table lacks, and where it states less than half of what is found now."""
    known, faults = stated(), []
    named = {loss for loss, _ in known}
    missing = {loss.id for loss in every_loss()} - named - NOT_MEASURED
    faults += [f"{loss}: no row" for loss in sorted(missing)]
    faults += [
        f"{loss}, {form}: no limit explains it"
        for (loss, form), cells in known.items()
        if "unexplained" in cells
    ]
    for loss in every_loss():
        for part in parts_of(loss) if loss.id in QUICK and loss.id in named else ():
            row = measure(*part)
            cells = known.get((row.loss, row.form), ("", "", "", ""))
            found = {"value": (row.values, 0), "soft": (row.soft, 2), "gradient": (row.slopes, 3)}
            for what, (errors, place) in found.items():
                most = errors.most() if errors.found else 0.0
                if not most <= _limit_of(cells[place]):
                    faults.append(f"{row.loss}, {row.form}: {what} {most:.3g} ulp, {errors.worst}")
    return faults


def write(rows: Sequence[Row], *, keep: bool = False) -> None:
    """Put the table between its markers, with `keep` among the rows of losses not measured."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(START)
    inside, _, after = rest.partition(END)
    written = table(rows)
    if keep:
        written = merged(inside, written)
    DOCUMENT.write_text(before + START + written + END + after, encoding="utf-8")


def merged(standing: str, measured: str) -> str:
    """Return a table with the rows of the losses in `measured` in the place of those it had."""
    blocks: dict[str, list[str]] = {}
    for text in (standing, measured):
        found: dict[str, list[str]] = {}
        for line in text.splitlines():
            if line.startswith("| `"):
                found.setdefault(line.split("`")[1], []).append(line)
        blocks |= found
    head = [line for line in measured.splitlines() if not line.startswith("| `")]
    ordered = [line for loss in every_loss() for line in blocks.get(loss.id, [])]
    return "\n".join([*head, *ordered]) + "\n"


def main() -> int:
    """Measure and write, or check."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="measure a few and compare")
    parser.add_argument("--only", nargs="*", metavar="LOSS", help="measure these alone")
    parser.add_argument("--keep", action="store_true", help="with --only: write, keep other rows")
    parser.add_argument("--worst", action="store_true", help="print where the largest errors are")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    if chosen.check:
        faults = check()
        print("\n".join(faults) or f"{len(stated())} rows, {', '.join(QUICK)} measured again")
        return 1 if faults else 0
    rows = []
    for loss in every_loss():
        wanted = loss.id in (chosen.only or {loss.id} - NOT_MEASURED)
        for part in parts_of(loss) if wanted else ():
            rows.append(measure(*part))
            print(*_cells(rows[-1]), sep=" | ", flush=True)
            if chosen.worst:
                for errors in (rows[-1].values, rows[-1].soft, rows[-1].slopes):
                    print("    ", errors.worst)
    if chosen.keep or not chosen.only:
        write(rows, keep=chosen.keep)
    return 0


if __name__ == "__main__":
    sys.exit(main())
