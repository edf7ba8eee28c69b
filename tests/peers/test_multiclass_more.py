"""Multi-class losses beside PyTorch and scikit-learn."""

from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._agreement import agree, reduced, tensor
from tests.peers._inputs import class_indices, normal, simplex, some_weights
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers


@pytest.fixture
def size(rng: np.random.Generator) -> tuple[int, int]:
    """Draw how many rows and classes there are."""
    return int(rng.integers(2, 80)), int(rng.integers(3, 9))


@pytest.fixture
def classes(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Draw the true class of each row."""
    return class_indices(rng, size[:1], size[1], None)


@pytest.fixture
def class_weights(rng: np.random.Generator, size: tuple[int, int]) -> list[float] | None:
    """Draw weights of the classes, or none."""
    return None if rng.uniform() < 0.4 else list(rng.uniform(0.1, 4, size=size[1]))


def scores(rng: np.random.Generator, size: tuple[int, int], kind: str, dtype: str) -> np.ndarray:
    """Draw rows of a kind."""
    return simplex(rng, *size, dtype) if kind == "probabilities" else normal(rng, size, dtype, 2)


def shares_of(given: Any, kind: str) -> Any:
    """Probabilities of classes."""
    return given if kind == "probabilities" else given.softmax(dim=1)


def product(
    targets: np.ndarray, weights: np.ndarray | None, class_weights: list[float] | None, dtype: str
) -> np.ndarray:
    """Weight of each row: its own times that of its class."""
    rows = np.ones(len(targets), dtype) if weights is None else weights
    of_classes = 1.0 if class_weights is None else np.asarray(class_weights)[targets]
    return (rows * of_classes).astype(dtype)


@pytest.mark.parametrize("p", [1, 2])
def test_multi_margin(
    ledger: Ledger,
    rng: np.random.Generator,
    size: tuple[int, int],
    classes: np.ndarray,
    class_weights: list[float] | None,
    *,
    p: int,
) -> None:
    """PyTorch's mean is over rows, whatever the class weights."""
    margin = float(rng.choice([1.0, rng.uniform(0.1, 3)]))
    mean_weight = float(product(classes, None, class_weights, "float64").mean())

    def reference(given: Any, reduction: str) -> Any:
        value = functional.multi_margin_loss(
            given,
            tensor(classes),
            p=p,
            margin=margin,
            weight=tensor(class_weights, ledger.dtype),
            reduction=reduction,
        )
        return value / mean_weight if reduction == "mean" else value

    agree(
        ledger,
        "multi_margin",
        (normal(rng, size, ledger.dtype), classes),
        reference,
        class_weights=class_weights,
        margin=margin,
        p=float(p),
    )


def test_multiclass_hinge(
    ledger: Ledger, rng: np.random.Generator, size: tuple[int, int], classes: np.ndarray
) -> None:
    weights, margin = some_weights(rng, size[:1], ledger.dtype), float(rng.uniform(0.1, 3))

    def reference(given: Any, reduction: str) -> Any:
        rows = torch.arange(size[0])
        own = given[rows, tensor(classes)]
        hidden = functional.one_hot(tensor(classes), size[1]).bool()
        rival = given.masked_fill(hidden, -torch.inf).amax(dim=1)
        return reduced(torch.clamp(margin + rival - own, min=0), weights, reduction)

    inputs = normal(rng, size, ledger.dtype), classes
    agree(ledger, "multiclass_hinge", inputs, reference, weights=weights, margin=margin)


def test_multiclass_hinge_of_scikit_learn(
    ledger: Ledger, rng: np.random.Generator, size: tuple[int, int], classes: np.ndarray, seed: int
) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    weights = rng.uniform(0.1, 3, size=size[0]).astype(ledger.dtype) if seed % 2 else None
    predictions = normal(rng, size, ledger.dtype)
    theirs = metrics.hinge_loss(
        classes, predictions, labels=list(range(size[1])), sample_weight=weights
    )
    ours = lossctl.compute("multiclass_hinge", predictions, classes, weights=weights)
    ledger.compare("multiclass_hinge", "scikit-learn", "value", ours.value, theirs)


def test_nll(
    ledger: Ledger,
    rng: np.random.Generator,
    size: tuple[int, int],
    class_weights: list[float] | None,
) -> None:
    targets = class_indices(rng, size[:1], size[1], -100)
    logits = torch.tensor(normal(rng, size, ledger.dtype, 2))

    def reference(given: Any, reduction: str) -> Any:
        return functional.nll_loss(
            given,
            tensor(targets),
            weight=tensor(class_weights, ledger.dtype),
            reduction=reduction,
        )

    inputs = logits.log_softmax(dim=1).numpy(), targets
    agree(ledger, "nll", inputs, reference, class_weights=class_weights)


@pytest.mark.parametrize("kind", ["logits", "log_probabilities", "probabilities"])
def test_kl_divergence(
    ledger: Ledger, rng: np.random.Generator, size: tuple[int, int], kind: str
) -> None:
    """PyTorch's batchmean is the mean here."""
    predictions = scores(rng, size, kind, ledger.dtype)
    if kind == "log_probabilities":
        predictions = torch.tensor(predictions).log_softmax(dim=1).numpy()
    targets = simplex(rng, *size, ledger.dtype)

    def reference(given: Any, reduction: str) -> Any:
        logs = given.log() if kind == "probabilities" else given.log_softmax(dim=1)
        each = {"mean": "batchmean"}.get(reduction, reduction)
        value = functional.kl_div(logs, tensor(targets), reduction=each)
        return value.sum(dim=1) if reduction == "none" else value

    agree(ledger, "kl_divergence", (predictions, targets), reference, reading=kind, input=kind)


def items_of(loss: str, p: Any, truth: Any, given: dict[str, float]) -> Any:
    """Write down the formula of each row of shares."""
    if loss == "js_divergence":
        middle = (p + truth) / 2
        positive = torch.where(truth > 0, truth, 1.0)
        each = truth * (positive.log() - middle.log()) + p * (p / middle).log()
        return each.sum(dim=1) / 2
    if loss == "brier":
        return ((p - truth) ** 2).sum(dim=1)
    if loss == "gce":
        return (truth * (1 - p ** given["q"]) / given["q"]).sum(dim=1)
    if loss == "poly1":
        return (truth * (-p.log() + given["epsilon"] * (1 - p))).sum(dim=1)
    forward, reverse = -(truth * p.log()), -(p * truth.log().clamp(min=given["A"]))
    return (given["alpha"] * forward + given["beta"] * reverse).sum(dim=1)


@pytest.mark.parametrize("soft", [True, False], ids=["soft", "index"])
@pytest.mark.parametrize("kind", ["logits", "probabilities"])
@pytest.mark.parametrize("loss", ["js_divergence", "brier", "gce", "poly1", "sce"])
def test_losses_of_probabilities(
    ledger: Ledger,
    rng: np.random.Generator,
    size: tuple[int, int],
    classes: np.ndarray,
    *,
    kind: str,
    soft: bool,
    loss: str,
) -> None:
    """Formulas of p and t, written down and differentiated by autograd."""
    targets = simplex(rng, *size, ledger.dtype) if soft else classes
    truth = tensor(targets if soft else np.eye(size[1], dtype=ledger.dtype)[classes])
    weights = some_weights(rng, size[:1], ledger.dtype)
    params = {
        "gce": {"q": float(rng.uniform(0.1, 1))},
        "poly1": {"epsilon": float(rng.uniform(-0.5, 3))},
        "sce": {"alpha": float(rng.uniform(0, 3)), "beta": float(rng.uniform(0, 3)), "A": -2.5},
    }.get(loss, {})

    def reference(given: Any, reduction: str) -> Any:
        return reduced(items_of(loss, shares_of(given, kind), truth, params), weights, reduction)

    agree(
        ledger,
        loss,
        (scores(rng, size, kind, ledger.dtype), targets),
        reference,
        reading=f"{'soft' if soft else 'index'} {kind}",
        input=kind,
        task="multiclass" if loss in {"brier", "poly1"} else "auto",
        weights=weights,
        **params,
    )


@pytest.mark.parametrize("measured", [True, False], ids=["measured", "given"])
@pytest.mark.parametrize("loss", ["logit_adjusted_cross_entropy", "ldam"])
def test_long_tails(
    ledger: Ledger,
    rng: np.random.Generator,
    size: tuple[int, int],
    classes: np.ndarray,
    *,
    measured: bool,
    loss: str,
) -> None:
    """Priors and counts are those of the targets when they are not given."""
    classes = np.concatenate([classes, np.arange(size[1])])
    found = np.bincount(classes, minlength=size[1]).astype(float)
    counts = found if measured else rng.uniform(1, 100, size=size[1])
    adjusted = loss != "ldam"
    params: dict[str, Any] = {"tau": 0.7} if adjusted else {"max_margin": 0.3, "scale": 5.0}
    if not measured:
        params["priors" if adjusted else "counts"] = counts.tolist()

    def reference(given: Any, reduction: str) -> Any:
        frequency = tensor(counts, ledger.dtype)
        if adjusted:
            moved = given + 0.7 * (frequency / frequency.sum()).log()
        else:
            margins = frequency**-0.25
            margins = 0.3 * margins / margins.max()
            chosen = functional.one_hot(tensor(classes), size[1])
            moved = 5.0 * (given - chosen * margins)
        return functional.cross_entropy(moved, tensor(classes), reduction=reduction)

    inputs = normal(rng, (len(classes), size[1]), ledger.dtype), classes
    agree(ledger, loss, inputs, reference, reading="measured" if measured else "given", **params)


def test_distillation(
    ledger: Ledger, rng: np.random.Generator, size: tuple[int, int], classes: np.ndarray
) -> None:
    """PyTorch's divergence cancels in float32 when the temperature is high, so it has float64."""
    heat, alpha = float(rng.uniform(0.5, 8)), float(rng.uniform(0, 1))
    teacher = normal(rng, size, ledger.dtype, 2)

    def reference(given: Any, reduction: str) -> Any:
        soft = functional.kl_div(
            (given.double() / heat).log_softmax(dim=1),
            (tensor(teacher, "float64") / heat).softmax(dim=1),
            reduction="none",
        ).sum(dim=1)
        hard = functional.cross_entropy(given.double(), tensor(classes), reduction="none")
        return reduced(alpha * heat**2 * soft + (1 - alpha) * hard, None, reduction)

    student = normal(rng, size, ledger.dtype, 2)
    inputs = student, teacher, classes
    agree(ledger, "distillation", inputs, reference, temperature=heat, alpha=alpha)


@pytest.mark.parametrize("loss", ["coral", "corn", "cumulative_logits"])
def test_thresholds_of_ordered_classes(
    ledger: Ledger, rng: np.random.Generator, size: tuple[int, int], loss: str
) -> None:
    """As coral-pytorch computes the first two, and from the probabilities of the classes."""
    logits = -np.sort(-normal(rng, size, ledger.dtype, 2), axis=1)
    targets = rng.integers(size[1] + 1, size=size[0])
    leaf = torch.tensor(logits.astype(np.float64), requires_grad=True)
    levels = torch.arange(size[1]) < torch.tensor(targets)[:, None]
    log_sigmoid = functional.logsigmoid(leaf)
    if loss == "coral":
        theirs = -torch.where(levels, log_sigmoid, log_sigmoid - leaf).sum(1).mean()
    elif loss == "corn":
        total, count = torch.zeros((), dtype=leaf.dtype), 0
        for task in range(size[1]):
            chosen = torch.tensor(targets > task - 1)
            right = torch.tensor(targets > task)[chosen]
            nll = log_sigmoid[chosen, task]
            total = total - torch.where(right, nll, nll - leaf[chosen, task]).sum()
            count += int(chosen.sum())
        theirs = total / count
    else:
        ones = torch.ones_like(leaf[:, :1])
        above = torch.cat([ones, leaf.sigmoid(), 0 * ones], 1)
        shares = above[:, :-1] - above[:, 1:]
        theirs = -shares.gather(1, torch.tensor(targets)[:, None]).log().mean()
    theirs.backward()
    ours = lossctl.compute(loss, logits, targets)
    ledger.compare(loss, "torch", "value", ours.value, theirs.item())
    slopes = lossctl.gradient(loss, logits, targets)["predictions"]
    ledger.compare(loss, "torch", "gradient", slopes, leaf.grad.numpy())


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
@pytest.mark.parametrize("p", [1.0, 2.0])
def test_ordinal_emd(
    ledger: Ledger,
    rng: np.random.Generator,
    size: tuple[int, int],
    classes: np.ndarray,
    *,
    kind: str,
    p: float,
) -> None:
    truth = tensor(np.eye(size[1])[classes], ledger.dtype)

    def reference(given: Any, reduction: str) -> Any:
        gaps = (shares_of(given, kind) - truth).cumsum(1)[:, :-1]
        return reduced(gaps.abs().pow(p).sum(1), None, reduction)

    inputs = (scores(rng, size, kind, ledger.dtype), classes)
    agree(ledger, "ordinal_emd", inputs, reference, reading=kind, input=kind, p=p)
