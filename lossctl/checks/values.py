"""Predictions and targets whose numbers cannot be right (LC5xx)."""

import math
from collections.abc import Iterator

import numpy as np

from lossctl.checks.block_statistics import InputStatistics
from lossctl.checks.facts import Facts
from lossctl.checks.rule import Page, Seen, rule
from lossctl.core.spelling import number, plural, some_of
from lossctl.diagnostics.linear_fit import LinearFit, fit_columns
from lossctl.engine.sources import EXACT_INTEGERS

FEW = 10  # rows that may be alike, or right, by chance
SURE = 6.0  # standard errors of a rank correlation
GREATEST_HALF = 65_504.0  # of float16
COARSE = 0.01  # standard deviations that neighbouring numbers of a dtype differ by
MOST_SHRUNK = 8.0  # times as much as any regularized model shrinks its predictions
BEYOND_SPREAD = 5.0  # standard deviations of the targets that standardized predictions are off


@rule(
    "LC501",
    "not-finite",
    "error",
    Page(
        what="Predictions or targets hold NaN or infinity.",
        why=(
            "One NaN makes the mean NaN. They come from exploding gradients, 0/0 in a "
            "normalization, logarithms of 0, or missing values of a table."
        ),
        example="p = np.log(0.0 * x)",
        remedy="Find out where they come from; the command leaves such items out.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.autograd.detect_anomaly.html",
        evidence="How many there are, and the first row.",
    ),
)
def not_finite(facts: Facts) -> list[Seen]:
    """Count NaN and infinities in every input."""
    found = []
    for name, seen in facts.inputs.items():
        infinite = seen.infinite if _matters(facts, name) else 0
        missing = seen.nan if facts.options.nan == "raise" else 0
        if not infinite + missing:
            continue
        kinds = [
            f"{count} {word}" for count, word in ((missing, "NaN"), (infinite, "infinite")) if count
        ]
        row = facts.where(seen.first_not_finite, name)
        place = f" in {row}" if infinite + missing == 1 else f", from {row} on"
        command = ""
        if facts.form != "other" and not infinite:
            command = facts.repair.compute(nan="omit")
        elif facts.form != "other" and name in {"predictions", "targets"}:
            word = name[0]
            fixed = {name: f"np.where(np.isfinite({word}), {word}, np.nan)"}
            command = facts.repair.rewrite(options={"nan": "omit"}, **fixed)
        found.append(
            Seen(
                f"{name}: {' and '.join(kinds)}{place}",
                {
                    "nan": seen.nan,
                    "infinite": seen.infinite,
                    "numbers": seen.count + seen.not_finite,
                    "first_row": seen.first_not_finite,
                },
                rows=[seen.first_not_finite],
                named=True,
                command=command,
            )
        )
    return found


def _matters(facts: Facts, name: str) -> bool:
    """Whether infinity is a mistake: scores of −∞ rule classes out, where the loss is finite."""
    if name != "predictions" or facts.form != "rows":
        return True
    finite = facts.value is not None and math.isfinite(facts.value.value)
    return not (finite or (facts.loss is None and facts.predictions.high < math.inf))


@rule(
    "LC502",
    "constant-predictions",
    "error",
    Page(
        what="Every row is predicted alike.",
        why=(
            "A model that has collapsed, a forgotten index in the loop that saves predictions, or "
            "a file that was written once: the value is that of a constant, not of a model."
        ),
        example="predictions = np.repeat(model(x[:1]), len(x), axis=0)",
        remedy="Look at how predictions are saved, and whether the model still learns.",
        reference="https://karpathy.github.io/2019/04/25/recipe/",
        evidence="All rows equal the first.",
    ),
    needs=("pairs",),
)
def constant_predictions(facts: Facts) -> Seen | None:
    """Look whether all rows are like the first."""
    seen = facts.predictions
    rows = facts.item_shape[0] if facts.item_shape else 1
    alike = seen.constant or (seen.count > 1 and seen.low == seen.high)
    if not alike or seen.not_finite or rows < FEW or seen.count < FEW:
        return None
    first = [] if seen.first is None else np.atleast_1d(seen.first).reshape(-1).tolist()
    shown = some_of([number(value, 4) for value in first], 6)
    return Seen(
        f"all {rows} rows are predicted alike: {shown}",
        {"rows": rows, "variance": seen.variance, "first": first[:12]},
    )


@rule(
    "LC503",
    "targets-leaked",
    "error",
    Page(
        what="The predictions are the targets.",
        why="A file given twice, a column chosen twice, or a target among the features.",
        example="lossctl compute scores.csv::label scores.csv::label --loss mse",
        remedy="Give the predictions of the model.",
        reference="https://scikit-learn.org/stable/common_pitfalls.html#data-leakage",
        evidence="Every prediction equals its target: the loss is that of perfection.",
    ),
    needs=("pairs",),
)
def targets_leaked(facts: Facts) -> Seen | None:
    """Look whether every prediction equals its target."""
    pairs, rows = facts.pairs, facts.rows
    if pairs is not None and pairs.count >= FEW and pairs.alike:
        alike = pairs.count
    elif rows is not None and facts.looks == "labels" and rows.count >= FEW and facts.pairs is None:
        alike = rows.hits if rows.hits == rows.count else 0
    else:
        return None
    if not alike or facts.predictions.constant:
        return None
    evidence: dict[str, float] = {"equal": alike}
    if facts.value is not None:
        evidence["value"] = facts.value.value
    return Seen(f"all {alike} predictions equal their targets", evidence)


@rule(
    "LC504",
    "scale-mismatch",
    "error",
    Page(
        what="Predictions and targets are on different scales.",
        why=(
            "Targets were standardized, or taken as logarithms or in thousands, for training, and "
            "predictions were not taken back: the loss measures the scale, not the model."
        ),
        example="model.fit(x, scaler.fit_transform(y)); p = model.predict(x_test)",
        remedy="Take the predictions back to the scale of the targets.",
        reference="https://scikit-learn.org/stable/modules/generated/sklearn.compose.TransformedTargetRegressor.html",
        evidence=(
            "The ranks agree, but the squared error is more than the spread of the targets lets "
            "expect, and a line through medians (robust slope and intercept) takes it away."
        ),
    ),
    needs=("values", "sample"),
)
def scale_mismatch(facts: Facts) -> Seen | None:
    """Look for a line that makes predictions of numbers on another scale."""
    fit = _worst_fit(facts)
    if fit is None:
        return None
    power = fit.power_of_ten
    if power:
        scale = f"1e{-power}" if power < 0 else f"1e{power}"
        said = f"the predictions are 10^{power} times the targets"
        expression = f"p / {scale}" if power > 0 else f"p * {scale}"
    else:
        said = (
            f"the targets are {number(fit.intercept, 4)} + {number(fit.slope, 4)} · prediction, "
            f"by medians"
        )
        expression = f"{fit.intercept!r} + {fit.slope!r} * p"
    return Seen(
        f"{said} (rank correlation {number(fit.rank_correlation, 3)}); predictions spread by "
        f"{number(fit.spread_of_predictions, 4)}, targets by {number(fit.spread_of_targets, 4)}",
        fit.evidence(),
        command=facts.repair.rewrite(predictions=expression),
    )


def _worst_fit(facts: Facts) -> LinearFit | None:
    """Return the line of the first column that is on another scale, None where none is."""
    return next((fit for fit in _fits(facts) if _is_mismatch(fit)), None)


def _fits(facts: Facts) -> Iterator[LinearFit]:
    """Return the lines of the outputs of the sample."""
    sample = facts.sample
    if sample is None:
        return iter(())
    return fit_columns(sample.predictions, sample.targets, sample.counts)


def _is_mismatch(fit: LinearFit) -> bool:
    """Whether no honest model would be so far off.

    Of predictions that are targets and noise, the squared error is 1/r² − 1 variances of the
    targets; of shrunk ones it is less than the variance.
    """
    r = fit.rank_correlation
    if r <= 0 or r * math.sqrt(fit.count) < SURE or not fit.spread_of_targets > 0:
        return False
    if fit.slope > MOST_SHRUNK and r > 0.3:
        return True
    expected = 4.0 * (1.0 / (r * r) - 1.0) + 4.0
    if fit.error <= expected * fit.spread_of_targets**2:
        return False
    if not 1.0 / 3.0 < fit.slope < 3.0:
        return True
    looks_standard = abs(fit.center_of_predictions) < 0.5 and 0.3 < fit.spread_of_predictions < 2.0
    off = abs(fit.center_of_targets - fit.center_of_predictions)
    return looks_standard and off > BEYOND_SPREAD * fit.spread_of_targets


@rule(
    "LC505",
    "sign-flipped",
    "error",
    Page(
        what="The predictions have the wrong sign.",
        why=(
            "A loss that is maximized where it should be minimized, scores that are distances, or "
            "a difference taken the other way round."
        ),
        example="p = -model.predict(x)  # scikit-learn's neg_* scores",
        remedy="Turn the sign of the predictions.",
        reference="https://scikit-learn.org/stable/modules/model_evaluation.html#scoring-parameter",
        evidence="The rank correlation is below −0.3 by more than six standard errors.",
    ),
    needs=("values", "sample"),
)
def sign_flipped(facts: Facts) -> Seen | None:
    """Look for a rank correlation that is plainly negative."""
    for fit in _fits(facts):
        r = fit.rank_correlation
        if not (r < -0.3 and -r * math.sqrt(fit.count) > SURE):
            continue
        command = facts.repair.rewrite(predictions="-p")
        if fit.error_of_opposite >= fit.error:  # a line turns them round another point
            expression = f"{fit.intercept!r} + {fit.slope!r} * p"
            command = facts.repair.rewrite(predictions=expression)
        return Seen(
            f"predictions fall where targets rise: rank correlation {number(r, 3)}; squared error "
            f"{number(fit.error, 4)}, with the opposite sign {number(fit.error_of_opposite, 4)}",
            fit.evidence(),
            command=command,
        )
    return None


@rule(
    "LC506",
    "precision-lost",
    "warning",
    Page(
        what="Numbers were saved in fewer digits than they need.",
        why=(
            "float16 ends at 65504, float32 has 7 digits (a time stamp is exact to 2 minutes), "
            "float64 skips integers above 2^53, and integers have no fractions."
        ),
        example="np.save('p.npy', populations.astype(np.float16))",
        remedy="Save float32 or float64; subtract a common offset from large numbers.",
        reference="https://numpy.org/doc/stable/user/basics.types.html",
        evidence="The storage type, the range, and how many different numbers there are.",
    ),
    needs=("pairs",),
)
def precision_lost(facts: Facts) -> list[Seen]:
    """Look at how numbers are stored, and how far neighbours are apart."""
    found = []
    for name in ("predictions", "targets"):
        why = _why_lost(facts, name)
        if why:
            seen = facts.inputs[name]
            found.append(
                Seen(
                    f"{name} ({seen.dtype}): {why}",
                    {
                        "low": seen.low,
                        "high": seen.high,
                        "bytes": seen.dtype.itemsize,
                        "infinite": seen.infinite,
                    },
                )
            )
    return found


def _why_lost(facts: Facts, name: str) -> str:
    seen = facts.inputs[name]
    kind, largest = seen.dtype.kind, max(abs(seen.low), abs(seen.high)) if seen.count else 0.0
    if kind == "f" and seen.dtype.itemsize == 2 and (seen.infinite or largest >= GREATEST_HALF):
        many = plural(seen.infinite, "number")
        return f"float16 ends at 65504: {many} beyond it became infinite"
    if kind in "iu" and largest > EXACT_INTEGERS:
        return "integers above 2^53, which float64 cannot distinguish"
    if facts.form != "values" or not seen.count:
        return ""
    return _why_coarse(facts, seen, name, largest)


def _why_coarse(facts: Facts, seen: InputStatistics, name: str, largest: float) -> str:
    spread = math.sqrt(seen.variance) if seen.variance >= 0 else math.nan
    if seen.dtype.kind == "f" and seen.dtype.itemsize < 8 and spread > 0:
        step = float(np.spacing(seen.dtype.type(largest)))
        if step > COARSE * spread:
            return (
                f"neighbouring numbers near {number(largest, 4)} differ by {number(step, 3)}, "
                f"and the standard deviation is {number(spread, 3)}"
            )
    whole = name == "predictions" and seen.whole and not facts.targets.whole
    if whole and seen.count >= 10 * FEW and 0.0 < spread < 2.0:
        return (
            f"whole numbers with a standard deviation of {number(spread, 3)}, but the targets "
            "have fractions: rounded?"
        )
    return ""
