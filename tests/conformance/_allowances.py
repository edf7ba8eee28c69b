"""Where a loss may differ from its oracle by more than the law says, how far, and why."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import exp, log, loggamma, mp, mpf, pi, sqrt

from tests.conformance._ulps import ulps
from tests.conformance.cases import Case

LIMIT = 4.0
OF_NUMPY = 2.0 if np.lib.NumpyVersion(np.__version__) < "2.0.0" else 1.0
"""NumPy 1 rounds e^x, logarithms and powers with twice the error of NumPy 2."""

RECORD_LIMIT = 24.0
"""In roundings: of the value, of every input and of every term."""

SMALLEST_NORMAL = 2.0**-1022
Item = tuple[Any, ...]


@dataclass(frozen=True)
class Allowance:
    """An exception to the law: in ulp, absolute, or in roots of the value (of what is squared).

    With `exponent` a value e^−x may be off by x ulp more: the rounding of x grows to that; so may
    a perplexity e^x.
    """

    loss: str
    why: str
    ulps: float = LIMIT
    absolute: float = 0.0
    root: float = 0.0
    exponent: bool = False
    applies: Callable[[Case], bool] = lambda _: True


@dataclass(frozen=True)
class SumOfTerms:
    """A value that may cancel to 0: it is held to the law in ulp of the sizes of its terms."""

    loss: str
    sizes: Callable[..., mpf]


@dataclass(frozen=True)
class OutOfReach:
    """Points that are no part of the law."""

    loss: str
    why: str
    is_far: Callable[[Case, Item, mpf], bool]


def squares_soft_logits(case: Case) -> bool:
    """Whether squares of p − t are taken of logits against soft targets."""
    chosen = bool(case.params.get("squared")) and case.form.kind == "logits"
    return chosen and case.encoding == "soft"


def has_soft_logits(case: Case) -> bool:
    """Whether shares made from logits are compared with soft targets."""
    return case.form.kind == "logits" and case.encoding == "soft"


def power_of_faint(case: Case) -> float:
    """The gamma-th power of a loss below which masses are subnormal."""
    return float(mpf("1e-300") ** case.params.get("gamma", 0.75))


CANCELLING: dict[str, Any] = {"absolute": 1e-31, "root": 2.0**-51}
FAINT = "quotients of subnormal masses"
ALLOWANCES = (
    Allowance("focal", "(1 − p)^γ multiplies the rounding of 1 − p by γ, here up to 3.4", ulps=5),
    Allowance("asymmetric", "p − clip cancels, and γ multiplies what is left of p", ulps=10),
    Allowance("cauchy", "e/s, its square, log1p and s²/2 round one after the other", ulps=5),
    Allowance("crps_gaussian", "erf, the density and 1/√π round before they are added", ulps=5),
    Allowance("poisson_deviance", "t/p − 1 and its logarithm round before the product", ulps=6),
    Allowance("tweedie_deviance", "powers multiply the rounding of log(t/p)", ulps=7),
    Allowance("barron", "the power α/2 multiplies the rounding of its base", ulps=8),
    Allowance("ordinal_emd", "the power p multiplies the rounding of a cumulated sum", ulps=24,
              exponent=True),
    Allowance("ordinal_emd", "sums of p − t cancel", absolute=2.0**-52, root=2.0**-51,
              applies=lambda case: case.encoding == "soft" or case.form.kind == "probabilities"),
    Allowance("focal_tversky", "the power γ multiplies the rounding of the quotient", ulps=6),
    Allowance("logit_adjusted_cross_entropy", "z + τ·log π rounds before the softmax", ulps=5),
    Allowance("ldam", "s·(z − Δ) rounds before e^x", exponent=True),
    Allowance("perplexity", "the mean −log p rounds before e^x", exponent=True),
    Allowance("distillation", "z/T rounds before e^x; shares cancel", **CANCELLING, exponent=True),
    Allowance("kl_divergence_with_log_targets", "p and t round before they cancel: (2⁻⁵³)²",
              **CANCELLING),
    Allowance("symmetric_cross_entropy", "a subnormal share times β·A", absolute=5e-323),
    *(
        Allowance(loss, "p of a logit is rounded before p − t cancels: (2⁻⁵³)²",
                  **CANCELLING, applies=has_soft_logits)
        for loss in ("brier", "kl_divergence", "js_divergence")
    ),
    *(
        Allowance(loss, FAINT, absolute=1e-300)
        for loss in ("dice", "tversky", "jaccard", "generalized_dice", "dice_cross_entropy",
                     "generalized_wasserstein_dice")
    ),
    *(
        Allowance(loss, "the truth of a quantifier is rounded near 1 before the level cancels",
                  absolute=1e-30, root=2.0**-49)
        for loss in ("forall_rule", "exists_rule", "log_product_rule")
    ),
    *(
        Allowance(loss, "directions round before they are subtracted: (2⁻⁵³)²", **CANCELLING)
        for loss in ("cosine_distance", "cosine_embedding")
    ),
    Allowance("approx_ndcg", "1 − NDCG cancels near the best order", absolute=2e-15),
    Allowance("contrastive", "margin − d rounds before it is squared", **CANCELLING),
    Allowance("ssim", "windows of means and squares round: 1 − l and 1 − cs", absolute=1e-15),
    Allowance("ms_ssim", "a similarity near 0 is rounded before its power", absolute=1e-14),
    Allowance(
        "dice", "p of a logit is rounded before p − t cancels: (2⁻⁵³)²",
        **CANCELLING, applies=squares_soft_logits,
    ),
)  # fmt: skip


def gaussian_sizes(
    p: float,
    variance: float,
    t: float,
    *,
    full: bool = False,
    epsilon: float = 0.0,
    spread: str = "variance",
) -> mpf:
    """(|log v| + e²/v + log 2π) / 2."""
    given = mpf(variance)
    read = {"variance": given, "log_variance": exp(given), "deviation": given**2}
    v = max(read[spread], mpf(epsilon))
    return (abs(log(v)) + (mpf(p) - mpf(t)) ** 2 / v + (log(2 * pi) if full else 0)) / 2


def poisson_sizes(
    p: float,
    t: float,
    *,
    log_input: bool = True,
    full: bool = False,
    epsilon: float = 1e-8,
    factorial: str = "exact",
) -> mpf:
    """Rate, t times its logarithm, and the terms of log t!; t + 1 rounds before log Γ(t + 1)."""
    rate, count = (exp(mpf(p)) if log_input else mpf(p)), mpf(t)
    charge = mpf(0)
    if count:
        charge = abs(count * (mpf(p) if log_input else log(rate + mpf(epsilon))))
    extra = mpf(0)
    if full and factorial == "exact":
        extra = abs(loggamma(count + 1)) + 1
    elif full and count > 1:
        extra = count * log(count) + count + log(2 * pi * count) / 2
    return rate + charge + extra


def negative_binomial_sizes(p: float, dispersion: float, t: float, **given: Any) -> mpf:
    """Every term: the gammas of small sizes r, Stirling's of large ones."""
    held, count = mpf(dispersion), mpf(t)
    size = held if given.get("parameter", "alpha") == "size" else 1 / held
    mean = exp(mpf(p)) if given.get("log_input", True) else mpf(p)
    tail = size * log(1 + mean / size)
    logs = (abs(log(mean)) + abs(log(size)) + 1) * count if mean else mpf(0)
    gammas = (size + count) * log(1 + count / size) + count
    if size < 10:
        gammas = abs(loggamma(size)) + abs(loggamma(size + count)) + 1
    full = abs(loggamma(count + 1)) + 1 if given.get("full", True) and count > 1e-50 else 1
    return tail + logs + gammas + full


def zero_inflated_sizes(p: float, z: float, t: float, **given: Any) -> mpf:
    """Those of the Poisson part, and the logarithm of its probability."""
    full, log_input = given.get("full", True), given.get("log_input", True)
    counts = poisson_sizes(p, t, log_input=log_input, full=full, epsilon=0.0) if t else mpf(0)
    return counts + log(1 + exp(mpf(z)))


def student_sizes(p: float, t: float, *, df: float = 4.0, scale: float = 1.0) -> mpf:
    """Both log Γ, log √(df π), log s and the logarithm of the tail."""
    free, width = mpf(df), mpf(scale)
    tail = (free + 1) / 2 * log(1 + ((mpf(p) - mpf(t)) / width) ** 2 / free)
    gammas = abs(loggamma(free / 2)) + abs(loggamma((free + 1) / 2))
    return gammas + abs(log(free * pi)) / 2 + abs(log(width)) + tail


def hinge_sizes(c: float, t: float = 0.0, *, penalty_weight: float = 10, margin: float = 1) -> mpf:
    """The excess, rounded before the margin is added, and the margin."""
    return mpf(penalty_weight) * (abs(mpf(c) - mpf(t)) + mpf(margin))


def barrier_sizes(
    c: float, t: float = 0.0, *, penalty_weight: float = 10.0, sharpness: float = 5.0
) -> mpf:
    """The logarithm, what the rounding of its argument adds (1/s), and the tangent."""
    g, s = mpf(c) - mpf(t), mpf(sharpness)
    edge = -1 / s**2
    inside, tangent = abs(log(-min(g, edge))) / s, s * (max(g, edge) - edge)
    return mpf(penalty_weight) * (inside + 1 / s + tangent)


def of_all(*inputs: Any, **params: Any) -> mpf:
    """Every number: differences of differences round like the largest of them."""
    numbers = [x for entry in inputs if entry is not None for x in np.ravel(entry).tolist()]
    added = (abs(mpf(params.get(name, 0.0))) for name in ("margin", "epsilon"))
    return sum((abs(mpf(x)) for x in numbers), sum(added, mpf(0)))


def of_distances(*inputs: Any, distance: str = "norm", **params: Any) -> mpf:
    """Every number, their square, or 1: distances round before the margin is added."""
    margin = abs(mpf(params.get("margin", 0.0)))
    size = of_all(*inputs, **params) - margin
    return {"norm": size, "squared": size**2, "cosine": mpf(4)}[distance] + margin


def of_contrast(*inputs: Any, squared: bool = True, **params: Any) -> mpf:
    """Distances and the margin, which are subtracted; of squares nothing is added."""
    return mpf(0) if squared else of_distances(*inputs, **params)


def of_logits(*inputs: Any, beta: float, **_: Any) -> mpf:
    """β times every log-probability."""
    return mpf(beta) * of_all(*inputs)


def of_margin(*inputs: Any, beta: float, delta: float = 0.0, **params: Any) -> mpf:
    """β times every log-probability, as often as the slope says, and the margin."""
    wrong = mpf(params.get("label_smoothing", 0.0))
    return mpf(delta) + (1 + wrong / (1 - 2 * wrong)) * of_logits(*inputs, beta=beta)


def of_square(*inputs: Any, beta: float) -> mpf:
    """Every log-probability and 1/(2β), times twice what is squared, which cancels."""
    sizes = of_all(*inputs) + 1 / (2 * mpf(beta))
    margin = sum((s * mpf(x) for s, x in zip((1, -1, -1, 1), inputs, strict=False)), mpf(0))
    return 2 * abs(margin - 1 / (2 * mpf(beta))) * sizes + sizes**2 * mpf(2) ** -53


def of_squares(*inputs: Any, beta: float) -> mpf:
    """Every log-probability and 1/(2β), times twice what is squared."""
    half = 1 / (2 * mpf(beta))
    given = [mpf(x) for x in (*inputs, 0.0, 0.0)[:4]]
    above, below = abs(given[0] - given[2] - half), abs(given[1] - given[3] + half)
    sizes = of_all(*inputs) + half
    return 2 * (above + below) * sizes + sizes**2 * mpf(2) ** -53


def of_sigmoids(*inputs: Any, beta: float, temperature: float = 1.0, **_: Any) -> mpf:
    """What the rounding of a log-odds, and of its quotient by τ, adds to a share."""
    return of_logits(*inputs, beta=beta) / mpf(temperature)


def of_gain(policy: float, reference: float, target: float, kl: float = 0.0, **given: Any) -> mpf:
    """What the rounding of the log-odds adds to a share e^g, on each side."""
    beta = mpf(given["beta"])
    gain = beta * (mpf(policy) - mpf(reference) - mpf(kl))
    weights = given["desirable_weight"] * target, given["undesirable_weight"] * (1 - target)
    shares = (mpf(w) / (1 + exp(g)) for w, g in zip(weights, (gain, -gain), strict=True))
    return sum(shares, mpf(0)) * beta * of_all(policy, reference, kl)


def of_ratio(p: float, old: float, advantage: float, **_: Any) -> mpf:
    """What the rounding of the exponent adds to the ratio, held or not."""
    return 3 * abs(mpf(advantage)) * (1 + exp(mpf(p) - mpf(old)) * (abs(mpf(p)) + abs(mpf(old))))


def of_scores(*_: Any, scale: float = 20.0, **__: Any) -> mpf:
    """Scores of the largest size: s·cos rounds before e^x."""
    return mpf(scale)


def of_pairs(
    predictions: Any, targets: Any, member_weights: Any = None, *, estimator: str, **_: Any
) -> mpf:
    """Σ w² taken from W²: of weights that are as good as alone most of it, and the rest counts."""
    if member_weights is None or estimator != "fair":
        return mpf(0)
    weights = [mpf(weight) for weight in member_weights]
    others = sum(w * (sum(weights) - w) for w in weights)
    reach = max(*predictions, targets) - min(*predictions, targets)
    return mpf(reach) * sum(weights) ** 2 / others if others else mpf(0)


RECORD_SUMS = (
    SumOfTerms("crps_ensemble", of_pairs),
    SumOfTerms("contrastive", of_contrast),
    SumOfTerms("triplet", of_distances),
    SumOfTerms("margin_ranking", of_all),
    SumOfTerms("dpo", of_logits),
    SumOfTerms("ipo", of_square),
    SumOfTerms("slic", of_margin),
    SumOfTerms("robust_dpo", of_margin),
    SumOfTerms("kto", of_gain),
    SumOfTerms("sppo", of_squares),
    SumOfTerms("nca", of_logits),
    SumOfTerms("apo", of_sigmoids),
    SumOfTerms("discopop", of_sigmoids),
    SumOfTerms("ppo_clip", of_ratio),
    SumOfTerms("multiple_negatives_ranking", of_scores),
)
SUMS = (
    SumOfTerms("hinge_penalty", hinge_sizes),
    SumOfTerms("log_barrier", barrier_sizes),
    SumOfTerms("gaussian_nll", gaussian_sizes),
    SumOfTerms("poisson_nll", poisson_sizes),
    SumOfTerms("negative_binomial_nll", negative_binomial_sizes),
    SumOfTerms("zero_inflated_poisson_nll", zero_inflated_sizes),
    SumOfTerms("student_t_nll", student_sizes),
)


def reaches_the_end(case: Case, item: Item, exact: mpf) -> bool:
    """Whether a deviance of power 3 of a subnormal number comes near the largest float64."""
    faint = 0.0 < min(item) < SMALLEST_NORMAL
    return case.params.get("power") == 3.0 and faint and exact > 1e300


def squares_vanish(case: Case, item: Item, exact: mpf) -> bool:
    """Whether the square of every prediction of a mask underflows."""
    if not case.params.get("squared") or case.form.axes == "item class":
        return False
    least = -354.0 if case.form.kind == "logits" else 1e-154  # σ(−354) is 1e-154
    return max(item[0]) < least


def residuals_vanish(case: Case, item: Item, exact: mpf) -> bool:
    """Whether the square of every residual underflows."""
    return exact < 1e-150


def errors_vanish(case: Case, item: Item, exact: mpf) -> bool:
    """Whether the square of every error underflows, whatever the value."""
    return bool(np.abs(np.subtract(*item)).max() < 1e-150)


def powers_vanish(case: Case, item: Item, exact: mpf) -> bool:
    """Whether the power of every truth (or of what it lacks to 1) underflows."""
    shares = [1 - mpf(v) if case.loss.id == "forall_rule" else mpf(v) for v in item[0]]
    return bool(max(shares) ** case.params.get("p", 2.0) < 1e-300)


def hardly_varies(case: Case, item: Item, exact: mpf) -> bool:
    """Whether the deviation of a feature is so small that its square underflows."""
    columns = [column for vectors in item for column in zip(*vectors, strict=True)]
    return any(0.0 < max(column) - min(column) < 1e-150 for column in columns)


def products_overflow(case: Case, item: Item, exact: mpf) -> bool:
    """Whether the rounding of products of features overflows when it is squared."""
    return max(np.abs(np.ravel(entry)).max() for entry in item) > 1e80


def no_constant_steadies(case: Case, item: Item, exact: mpf) -> bool:
    """Whether a pixel is far beyond the range of data, or flat windows are quotients of nothing."""
    brightest = max(np.abs(np.ravel(entry)).max() for entry in item)
    constants = case.params.get("k1", 1.0) * case.params.get("k2", 1.0)
    return bool(brightest > 1e3 * case.params.get("data_range", 1.0) or constants == 0.0)


LIMITS = (
    OutOfReach("barlow_twins", "deviations below 1e-154 are none, as decided", hardly_varies),
    OutOfReach("gram_style", "products of features round and overflow", products_overflow),
    *(
        OutOfReach(loss, "variances of windows round like squares of pixels", no_constant_steadies)
        for loss in ("ssim", "ms_ssim")
    ),
    OutOfReach("rmse", "e² underflows for |e| < 1e-154, as it does for mse", residuals_vanish),
    OutOfReach("concordance", "e² underflows for |e| < 1e-154, as it does for mse", errors_vanish),
    OutOfReach("forall_rule", "(1 − v)^p underflows: the rule is true", powers_vanish),
    OutOfReach("exists_rule", "v^p underflows: the rule is false", powers_vanish),
    OutOfReach("tweedie_deviance", "inf near the largest float64", reaches_the_end),
    OutOfReach("dice", "p² underflows for p < 1e-154, as decided", squares_vanish),
    # decided too, and on no grid: logits whose gap exceeds float64, such as 1.7e308 and −0.4e308
)


def distance(case: Case, found: float, exact: mpf, item: Item = ()) -> float:
    """Return how far a value is off in ulp, 0 where an allowance covers it."""
    mine = [entry for entry in ALLOWANCES if entry.loss == case.loss.id and entry.applies(case)]
    slack = max((entry.absolute + entry.root * sqrt(abs(exact)) for entry in mine), default=0.0)
    if case.loss.id == "focal_tversky":
        slack = power_of_faint(case)
    if mp.isfinite(exact) and abs(mpf(float(found)) - exact) <= slack:
        return 0.0
    if "smooth" in case.params and reads_faint_as_empty(case, found, exact):
        return 0.0
    if item and any(x.loss == case.loss.id and x.is_far(case, item, exact) for x in LIMITS):
        return 0.0
    off = ulps(found, exact)
    limit = OF_NUMPY * max((entry.ulps for entry in mine), default=LIMIT)
    most = limit + of_power(case, exact)
    if off <= most or (item and within_its_terms(case, found, exact, item)):
        return 0.0
    return off


def distance_of_record(
    case: Case, found: float, exact: mpf, item: Item, sensitivity: Callable[[], float]
) -> float:
    """Return how many roundings of its inputs a value is off, 0 where that is allowed.

    Sums over features, pairs and windows round in each term: a value may be off by what relative
    errors of 2⁻⁵³ of every input make of it (`sensitivity`), RECORD_LIMIT times.
    """
    if distance(case, found, exact) == 0.0:
        return 0.0
    if any(entry.loss == case.loss.id and entry.is_far(case, item, exact) for entry in LIMITS):
        return 0.0
    if not math.isfinite(found) or not mp.isfinite(exact):
        return math.inf
    size = abs(exact) + mpf(sensitivity())
    for entry in RECORD_SUMS:
        if entry.loss == case.loss.id:
            given = {param.name: param.default for param in case.loss.params} | {**case.params}
            size += entry.sizes(*item, **given)
    off = float(abs(mpf(found) - exact) / (size * mpf(2) ** -53 + mpf(5e-324)))
    return off if off > RECORD_LIMIT else 0.0


def of_power(case: Case, exact: mpf) -> float:
    """Return the ulp that the rounding of x adds to a value (or slope) e^−x, where allowed."""
    allowed = any(entry.exponent and entry.loss == case.loss.id for entry in ALLOWANCES)
    if case.loss.of_sequences and allowed and exact > 1 and mp.isfinite(exact):
        return float(2 * log(exact))  # the mean −log p is rounded twice
    return float(-log(abs(exact))) if allowed and 0 < abs(exact) < 1 else 0.0


def within_its_terms(case: Case, found: float, exact: mpf, item: Item) -> bool:
    """Whether a sum of terms of both signs is within the law for the sizes of its terms."""
    size = sizes_of(case, item)
    if not size or not mp.isfinite(exact):
        return False
    with mp.workdps(60):
        return bool(abs(mpf(float(found)) - exact) <= LIMIT * mpf(2) ** -52 * size)


def sizes_of(case: Case, item: Item) -> mpf:
    """Return the sum of the sizes of the terms of an item, 0 for losses that do not cancel."""
    for entry in SUMS:
        if entry.loss == case.loss.id:
            with mp.workdps(60):
                return entry.sizes(*item, **case.params)
    return mpf(0)


def reads_faint_as_empty(case: Case, found: float, exact: mpf) -> bool:
    """Whether masks so faint that their masses underflow were read as empty, for a loss of 0."""
    return case.params["smooth"] == 0.0 and exact == 1 and found == 0.0
