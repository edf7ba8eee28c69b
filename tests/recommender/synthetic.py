"""Data with a known answer: 120 cases with the facts that are true of them by construction."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Case:
    """Arrays, answers given by hand, the answers the data hold, and losses that are right."""

    name: str
    targets: NDArray[np.generic]
    truth: dict[str, str]
    losses: set[str]
    predictions: NDArray[np.generic] | None = None
    said: dict[str, str] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)


def balance(ratio: float) -> str:
    """Name a ratio as the tree's question does."""
    return "severe" if ratio >= 100 else "moderate" if ratio >= 4 else "balanced"


def cases() -> Iterator[Case]:
    """Yield every case."""
    yield from binary()
    yield from several()
    yield from labels()
    yield from outliers()
    yield from supports()
    yield from quantiles()
    yield from masks()
    yield from noisy()


def binary() -> Iterator[Case]:
    wanted = {"balanced": {"bce_with_logits"}, "moderate": {"bce_with_logits"}, "severe": {"focal"}}
    for ratio in (1, 2, 10, 30, 60, 150, 300, 500):
        for seed, form in ((1, None), (2, "probabilities"), (3, "logits")):
            rng = np.random.default_rng(1000 * seed + ratio)
            positives = 40
            targets = np.r_[np.zeros(positives * ratio), np.ones(positives)]
            rng.shuffle(targets)
            truth = {"task": "classification", "classes": "binary", "imbalance": balance(ratio)}
            logits = rng.normal(2 * targets - 1, 1.0) * 2 - np.log(ratio)
            given = {None: None, "logits": logits, "probabilities": 1 / (1 + np.exp(-logits))}
            yield Case(
                f"binary 1:{ratio} {form}", targets, truth, wanted[balance(ratio)], given[form],
                facts={"predictions": form} if form else {},
            )  # fmt: skip
        yield Case(
            f"binary 1:{ratio} balanced accuracy", targets, truth,
            {"logit_adjusted_cross_entropy"}, said={"metric": "balanced_accuracy"},
        )  # fmt: skip


def several() -> Iterator[Case]:
    wanted = {
        "balanced": {"cross_entropy"},
        "moderate": {"cross_entropy"},
        "severe": {"focal"},
    }
    for ratio in (1, 3, 10, 50, 200, 500):
        rng = np.random.default_rng(ratio)
        counts = np.array([40 * ratio, 40 * ratio, 40 * ratio // 2 + 20, 40])
        targets = rng.permutation(np.repeat(np.arange(4), counts))
        logits = rng.normal(size=(len(targets), 4)) + 3 * np.eye(4)[targets]
        kind = balance(ratio)
        truth = {"task": "classification", "classes": "multiclass", "imbalance": kind}
        yield Case(f"4 classes 1:{ratio}", targets, truth, wanted[kind])
        yield Case(f"4 classes 1:{ratio} scores", targets, truth, wanted[kind], logits,
                   facts={"predictions": "logits"})  # fmt: skip
        best = {"logit_adjusted_cross_entropy"}
        yield Case(f"4 classes 1:{ratio} balanced accuracy", targets, truth, best, logits,
                   {"metric": "balanced_accuracy"})  # fmt: skip
        yield Case(f"4 classes 1:{ratio} one-hot", np.eye(4)[targets], truth, wanted[kind])


def labels() -> Iterator[Case]:
    for share, kind in ((0.4, "balanced"), (0.1, "moderate"), (0.004, "severe")):
        rng = np.random.default_rng(int(1000 * share))
        targets = (rng.uniform(size=(20_000, 3)) < [0.5, 0.3, share]).astype(float)
        truth = {"task": "classification", "classes": "multilabel", "imbalance": kind}
        losses = {"focal"} if kind == "severe" else {"bce_with_logits"}
        yield Case(f"labels {kind}", targets, truth, losses)


def outliers() -> Iterator[Case]:
    for share in (0.0, 0.001, 0.03, 0.06, 0.15, 0.2, 0.3):
        kind = "none" if share < 0.01 else "some" if share < 0.1 else "many"
        losses = {"mse"} if kind == "none" else {"huber"}
        for seed in range(3):
            rng = np.random.default_rng(seed)
            truth_values = rng.normal(0, 5, 4000)
            noise = rng.normal(0, 1, 4000)
            hit = rng.uniform(size=4000) < share
            noise[hit] = rng.choice([-1, 1], hit.sum()) * rng.uniform(8, 30, hit.sum())
            truth = {"task": "regression", "outliers": kind, "support": "real"}
            yield Case(f"outliers {share} residuals {seed}", truth_values + noise, truth, losses,
                       truth_values)  # fmt: skip
        yield Case(f"outliers {share} targets", noise, truth, losses)
        yield Case(f"outliers {share} under RMSE", truth_values + noise, truth, {"mse"},
                   truth_values, {"metric": "rmse"})  # fmt: skip


def supports() -> Iterator[Case]:
    counts, zeros = {"poisson_nll", "poisson_deviance"}, {"poisson_nll", "tweedie_deviance"}
    for seed in range(3):
        rng = np.random.default_rng(seed)
        n = 3000

        def case(name: str, targets: Floats, support: str, losses: set[str], seed: int = seed,
                 **said: str) -> Case:  # fmt: skip
            truth = {"task": "regression", "support": support}
            return Case(f"{name} {seed}", targets, truth, losses, said=said)

        yield case("Poisson 2", rng.poisson(2, n), "counts", counts)
        yield case("Poisson 12", rng.poisson(12, n), "counts", counts)
        yield case("negative binomial", rng.negative_binomial(3, 0.2, n), "counts", counts)
        yield case("counts under RMSE", rng.poisson(4, n), "counts", {"mse"}, metric="rmse")
        inflated = rng.poisson(6, n) * (rng.uniform(size=n) < 0.5)
        yield case("zero-inflated counts", inflated, "zero_inflated", zeros)
        claims = rng.gamma(2, 300, n) * (rng.uniform(size=n) < 0.3)
        yield case("claims", claims, "zero_inflated", zeros)
        amounts = {"gamma_deviance", "msle"}
        yield case("lognormal", rng.lognormal(3, 1, n), "skewed", amounts)
        yield case("exponential", rng.exponential(50, n), "skewed", amounts)
        yield case("lognormal under MAPE", rng.lognormal(3, 1, n), "skewed", {"mape"},
                   metric="mape")  # fmt: skip
        yield case("heights", rng.normal(170, 8, n), "positive", {"mse"})
        years = rng.choice(np.arange(1960, 2020), n).astype(float)
        yield case("years", years, "positive", {"mse"})


def quantiles() -> Iterator[Case]:
    for q in ("0.05", "0.5", "0.9"):
        rng = np.random.default_rng(7)
        targets = rng.normal(size=2000)
        truth = {"task": "regression", "outliers": "none"}
        yield Case(f"quantile {q}", targets, truth, {"quantile"},
                   said={"goal": "quantile", "quantile": q})  # fmt: skip


def masks() -> Iterator[Case]:
    for side, size in ((3, "tiny"), (7, "small"), (40, "large")):
        for many in (1, 2):
            images = np.zeros((12, 64 if side > 5 else 96, 64 if side > 5 else 96), dtype=np.uint8)
            for image in images:
                for at in range(many if side < 40 else 1):
                    corner = 4 + 20 * at
                    image[corner : corner + side, corner : corner + side] = 1
            share = images.mean()
            balance_of = "severe" if share < 0.01 else "moderate" if share < 0.2 else "balanced"
            truth = {"task": "segmentation", "object_size": size, "imbalance": balance_of}
            losses = {
                "tiny": {"tversky"}, "small": {"dice"},
                "large": {"bce_with_logits", "cross_entropy"},
            }  # fmt: skip
            yield Case(f"masks {size} {many}", images, truth, losses[size])
            yield Case(f"masks {size} {many} Dice", images, truth, {"dice_cross_entropy"},
                       said={"metric": "dice"})  # fmt: skip


def noisy() -> Iterator[Case]:
    for share, noise in ((0.0, False), (0.15, True), (0.3, True)):
        for seed in range(2):
            rng = np.random.default_rng(seed)
            clean = rng.integers(0, 4, 4000)
            logits = rng.normal(size=(4000, 4)) + 7 * np.eye(4)[clean]
            wrong = rng.uniform(size=4000) < share
            targets = np.where(wrong, (clean + rng.integers(1, 4, 4000)) % 4, clean)
            truth = {"task": "classification", "classes": "multiclass", "imbalance": "balanced"}
            if noise:
                truth["scheme"] = "noisy_labels"
            losses = {"generalized_cross_entropy"} if noise else {"cross_entropy"}
            yield Case(f"wrong labels {share} {seed}", targets, truth, losses, logits)
