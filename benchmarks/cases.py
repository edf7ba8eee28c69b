"""The losses that are timed: what each reads, how large, and beside whom."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Random: TypeAlias = np.random.Generator
Draw: TypeAlias = Callable[[Random, int, Any], tuple[Array, ...]]

THREADS = 2
EAGER, COMPILED, JAX, SKLEARN, NUMPY = "PyTorch", "compile", "jax", "sklearn", "NumPy"
PEERS = (EAGER, COMPILED, JAX, SKLEARN, NUMPY)


@dataclass(frozen=True)
class Case:
    """One loss on one kind of input.

    Attributes
    ----------
    name
        How tables call it; peers are found by it, without what follows a slash.
    loss
        Its id.
    draw
        ``draw(random, elements, dtype)`` gives its arrays, predictions first, with about so many
        predicted numbers.
    bound
        What limits it: memory or arithmetic.
    """

    name: str
    loss: str
    draw: Draw
    params: dict[str, Any] = field(default_factory=dict)
    bound: str = "arithmetic"

    @property
    def peer(self) -> str:
        """The name its peers stand under."""
        return self.name.partition("/")[0]

    def leaves(self) -> tuple[int, ...]:
        """Return the places of the inputs that the loss has a gradient of."""
        from lossctl.losses.catalogue import get

        inputs = get(self.loss).inputs
        return tuple(place for place, entry in enumerate(inputs) if entry.differentiable)


@dataclass(frozen=True)
class Setting:
    """How a case is run: how many predicted numbers, in what precision, with which peers."""

    elements: int
    dtype: str = "float32"
    gradient: bool = False
    peers: tuple[str, ...] = PEERS
    runs: int = 7
    seconds: float = 1.0


def normal(random: Random, count: int, dtype: Any) -> Array:
    """Draw values around 0."""
    return random.standard_normal(count, dtype=dtype)


def positive(random: Random, count: int, dtype: Any) -> Array:
    """Draw values above 0."""
    return random.random(count, dtype=dtype) * dtype(3.0) + dtype(0.1)


def unit(random: Random, count: int, dtype: Any) -> Array:
    """Draw probabilities, none of them 0 or 1."""
    return random.random(count, dtype=dtype) * dtype(0.98) + dtype(0.01)


def labels(random: Random, count: int, dtype: Any) -> Array:
    """Draw labels 0 and 1."""
    return (random.random(count, dtype=np.float32) < 0.3).astype(dtype)


def signs(random: Random, count: int, dtype: Any) -> Array:
    """Draw labels -1 and +1."""
    return labels(random, count, dtype) * dtype(2.0) - dtype(1.0)


def counts(random: Random, count: int, dtype: Any) -> Array:
    """Draw whole numbers from 0 on."""
    return random.poisson(1.5, count).astype(dtype)


def pairs(*kinds: Callable[[Random, int, Any], Array]) -> Draw:
    """Draw one array of each kind, all of one length."""
    return lambda random, count, dtype: tuple(kind(random, count, dtype) for kind in kinds)


def class_rows(classes: int) -> Draw:
    """Draw rows of class scores and the index of the true class."""

    def draw(random: Random, count: int, dtype: Any) -> tuple[Array, ...]:
        rows = max(count // classes, 2)
        scores = normal(random, rows * classes, dtype).reshape(rows, classes)
        return scores, random.integers(0, classes, rows)

    return draw


def log_rows(random: Random, count: int, dtype: Any) -> tuple[Array, ...]:
    """Draw rows of ten log-probabilities and the index of the true class."""
    scores, classes = class_rows(10)(random, count, dtype)
    shifted = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return shifted.astype(dtype), classes


def probability_rows(random: Random, count: int, dtype: Any) -> tuple[Array, ...]:
    """Draw rows of ten probabilities and the index of the true class."""
    scores, classes = log_rows(random, count, dtype)
    return np.exp(scores), classes


def two_distributions(random: Random, count: int, dtype: Any) -> tuple[Array, ...]:
    """Draw rows of ten log-probabilities, and distributions."""
    return log_rows(random, count, dtype)[0], np.exp(log_rows(random, count, dtype)[0])


def label_rows(random: Random, count: int, dtype: Any) -> tuple[Array, ...]:
    """Draw rows of ten label scores and labels."""
    rows = max(count // 10, 2)
    shape = (rows, 10)
    return (
        normal(random, rows * 10, dtype).reshape(shape),
        labels(random, rows * 10, dtype).reshape(shape),
    )


def embeddings(count_of_each: int, *others: Callable[[Random, int, Any], Array]) -> Draw:
    """Draw so many arrays of vectors of 64 features, and arrays with one entry a vector."""

    def draw(random: Random, count: int, dtype: Any) -> tuple[Array, ...]:
        rows = max(count // 64, 2)
        vectors = [normal(random, rows * 64, dtype).reshape(rows, 64) for _ in range(count_of_each)]
        return (*vectors, *(other(random, rows, dtype) for other in others))

    return draw


VALUES = pairs(normal, normal)
RATES = pairs(positive, positive)
LOGITS = pairs(normal, labels)

CASES = (
    Case("mse", "mse", VALUES, bound="memory"),
    Case("mae", "mae", VALUES, bound="memory"),
    Case("huber", "huber", VALUES, bound="memory"),
    Case("smooth_l1", "smooth_l1", VALUES, bound="memory"),
    Case("quantile", "quantile", VALUES, {"q": 0.9}, bound="memory"),
    Case("log_cosh", "log_cosh", VALUES),
    Case("mape", "mape", RATES),
    Case("msle", "msle", RATES),
    Case("poisson_nll", "poisson_nll", pairs(normal, counts)),
    Case("gaussian_nll", "gaussian_nll", pairs(normal, positive, normal)),
    Case("poisson_deviance", "poisson_deviance", RATES),
    Case("gamma_deviance", "gamma_deviance", RATES),
    Case("tweedie_deviance", "tweedie_deviance", RATES),
    Case("bce", "bce", pairs(unit, labels)),
    Case("bce_with_logits", "bce_with_logits", LOGITS),
    Case("focal", "focal", LOGITS, {"input": "logits"}),
    Case("brier", "brier", pairs(unit, labels), {"input": "probabilities"}),
    Case("hinge", "hinge", pairs(normal, signs), bound="memory"),
    Case("squared_hinge", "squared_hinge", pairs(normal, signs), bound="memory"),
    Case("soft_margin", "soft_margin", pairs(normal, signs)),
    Case("dice", "dice", LOGITS, {"input": "logits"}),
    Case("jaccard", "jaccard", LOGITS, {"input": "logits"}),
    Case("tversky", "tversky", LOGITS, {"input": "logits", "alpha": 0.3, "beta": 0.7}),
    *(
        Case(f"cross_entropy/{classes}", "cross_entropy", class_rows(classes), {"input": "logits"})
        for classes in (3, 10, 100, 1000, 50_000)
    ),
    Case("log_loss/10", "cross_entropy", probability_rows, {"input": "probabilities"}),
    Case("nll/10", "nll", log_rows),
    Case("kl_divergence/10", "kl_divergence", two_distributions, {"input": "logits"}),
    Case("poly1/10", "poly1", class_rows(10), {"input": "logits"}),
    Case("multi_margin/10", "multi_margin", class_rows(10)),
    Case("multilabel_soft_margin/10", "multilabel_soft_margin", label_rows),
    Case("margin_ranking", "margin_ranking", pairs(normal, normal, signs), bound="memory"),
    Case("hinge_embedding", "hinge_embedding", pairs(positive, signs), bound="memory"),
    Case("triplet/64", "triplet", embeddings(3)),
    Case("cosine_embedding/64", "cosine_embedding", embeddings(2, signs)),
    Case("cosine_distance/64", "cosine_distance", embeddings(2)),
)

MOST_USED = (
    *("mse", "mae", "huber", "smooth_l1", "bce", "bce_with_logits", "focal", "hinge", "dice"),
    *("cross_entropy/10", "nll/10", "kl_divergence/10"),
)
"""The cases that are held against compiled PyTorch."""


def named(names: list[str]) -> list[Case]:
    """Return the cases asked for: by name, by loss, or all."""
    chosen = [case for case in CASES if not names or {case.name, case.peer, case.loss} & {*names}]
    if not chosen:
        raise SystemExit(
            f"no case is called {', '.join(names)}; there are "
            + ", ".join(sorted({c.peer for c in CASES}))
        )
    return chosen
