"""More regression losses beside PyTorch's, scikit-learn's and textbook formulas under autograd."""

from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._agreement import agree, reduced, tensor
from tests.peers._inputs import any_shape, pair_of_either_sign, some_weights
from tests.peers._ledger import Ledger
from tests.peers._records import agree_on_records

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers


@pytest.fixture
def pairs(rng: np.random.Generator, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw predictions and targets of either sign."""
    return pair_of_either_sign(rng, dtype)


@pytest.fixture
def amounts(rng: np.random.Generator, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw positive predictions and targets."""
    shape = any_shape(rng)
    return tuple(rng.gamma(1.5, 2.0, size=shape).astype(dtype) + 0.125 for _ in "pt")  # type: ignore[return-value]


@pytest.fixture
def counts(rng: np.random.Generator, amounts: Any, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw positive predictions and counts, some of them 0."""
    return amounts[0], rng.poisson(2.0, size=amounts[0].shape).astype(dtype)


@pytest.fixture
def weights(rng: np.random.Generator, dtype: str) -> Any:
    """Draw weights for a shape, or none."""
    return lambda shape: some_weights(rng, shape, dtype)


def formulas(rng: np.random.Generator) -> dict[str, tuple[dict[str, float], Any]]:
    """Name the textbook formula of each loss on residuals, and parameters drawn for it."""
    number = float(rng.uniform(0.3, 3))
    share = float(rng.choice([0.5, rng.uniform(0.05, 0.95)]))
    alpha = float(rng.choice([1.0, -2.0, 0.5, 3.0, rng.uniform(-4, 1.9)]))
    bend = abs(alpha - 2)

    def student(e: Any) -> Any:
        free, centre, scale = (torch.tensor(x, dtype=e.dtype) for x in (number, 0.0, 2.0))
        return -torch.distributions.StudentT(free, centre, scale).log_prob(e)

    return {
        "pseudo_huber": (
            {"delta": number},
            lambda e: number**2 * ((1 + (e / number) ** 2).sqrt() - 1),
        ),
        "charbonnier": ({"epsilon": number}, lambda e: (e**2 + number**2).sqrt()),
        "log_cosh": ({}, lambda e: e.cosh().log()),
        "quantile": ({"q": share}, lambda e: torch.maximum(-share * e, (1 - share) * e)),
        "expectile": ({"tau": share}, lambda e: abs(share - (e > 0).to(e.dtype)) * e**2),
        "cauchy": ({"scale": number}, lambda e: number**2 / 2 * (1 + (e / number) ** 2).log()),
        "barron": (
            {"alpha": alpha, "scale": number},
            lambda e: bend / alpha * (((e / number) ** 2 / bend + 1) ** (alpha / 2) - 1),
        ),
        "student_t_nll": ({"df": number, "scale": 2.0}, student),
    }


@pytest.mark.parametrize(
    "loss",
    [
        "charbonnier",
        "pseudo_huber",
        "log_cosh",
        "quantile",
        "expectile",
        "cauchy",
        "barron",
        "student_t_nll",
    ],
)
def test_formulas_of_residuals(
    ledger: Ledger, rng: np.random.Generator, pairs: Any, weights: Any, loss: str
) -> None:
    """In float32 the formulas themselves are poor, so they are evaluated in float64."""
    params, formula = formulas(rng)[loss]
    weight = weights(pairs[0].shape)

    def reference(predictions: Any, reduction: str) -> Any:
        items = formula(predictions.double() - tensor(pairs[1], "float64"))
        return reduced(items, weight, reduction)

    agree(ledger, loss, pairs, reference, weights=weight, **params)


@pytest.mark.parametrize("log_input", [True, False])
@pytest.mark.parametrize("full", [True, False])
def test_poisson_nll(
    ledger: Ledger, rng: np.random.Generator, counts: Any, *, log_input: bool, full: bool
) -> None:
    """PyTorch adds Stirling's approximation of log t!."""
    epsilon = float(rng.choice([1e-8, 0.0, rng.uniform(0, 0.5)]))
    target = tensor(counts[1])

    def reference(predictions: Any, reduction: str) -> Any:
        return functional.poisson_nll_loss(
            predictions, target, log_input=log_input, full=full, eps=epsilon, reduction=reduction
        )

    agree(
        ledger, "poisson_nll", counts, reference,
        log_input=log_input, full=full, epsilon=epsilon, factorial="stirling",
    )  # fmt: skip


def test_poisson_nll_in_full(ledger: Ledger, counts: Any) -> None:
    """The exact log t! is that of the distribution itself."""
    target = tensor(counts[1], "float64")

    def reference(predictions: Any, reduction: str) -> Any:
        items = -torch.distributions.Poisson(predictions.double()).log_prob(target)
        return reduced(items, None, reduction)

    agree(ledger, "poisson_nll", counts, reference, log_input=False, full=True, epsilon=0.0)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("full", [True, False])
def test_gaussian_nll(
    ledger: Ledger, rng: np.random.Generator, pairs: Any, *, reduction: str, full: bool
) -> None:
    """Values and both gradients; where a variance is clipped PyTorch's slope passes through."""
    variance = rng.gamma(1.5, 1.0, size=pairs[0].shape).astype(ledger.dtype) + 0.05
    variance.flat[::7] = 0.0  # clipped
    epsilon = float(rng.choice([1e-6, 0.5]))
    leaves = [torch.tensor(array, requires_grad=True) for array in (pairs[0], variance)]
    theirs = functional.gaussian_nll_loss(
        leaves[0], tensor(pairs[1]), leaves[1], full=full, eps=epsilon, reduction=reduction
    )
    inputs, options = (pairs[0], variance, pairs[1]), {"full": full, "epsilon": epsilon}
    ours = lossctl.compute("gaussian_nll", *inputs, reduction=reduction, **options)
    what = "items" if reduction == "none" else "value"
    ledger.compare("gaussian_nll", "torch", what, ours.value, theirs.detach().numpy())
    theirs.sum().backward()
    slopes = lossctl.gradient("gaussian_nll", *inputs, reduction=reduction, **options)
    through = leaves[1].grad.numpy() * (variance >= epsilon)
    for name, wanted in (("predictions", leaves[0].grad.numpy()), ("variance", through)):
        ledger.compare(f"gaussian_nll ({name})", "torch", "gradient", slopes[name], wanted)


def test_crps_gaussian(ledger: Ledger, rng: np.random.Generator, pairs: Any) -> None:
    scale = rng.gamma(1.5, 1.0, size=pairs[0].shape).astype(ledger.dtype) + 0.05
    inputs = (pairs[0], scale, pairs[1])
    mean, width, target = (torch.tensor(array.astype("float64")) for array in inputs)
    mean.requires_grad_()
    width.requires_grad_()
    unit, normal_01 = (target - mean) / width, torch.distributions.Normal(0.0, 1.0)
    density = normal_01.log_prob(unit).exp()
    items = width * (unit * (2 * normal_01.cdf(unit) - 1) + 2 * density - np.pi**-0.5)
    items.sum().backward()
    ours = lossctl.compute("crps_gaussian", *inputs, reduction="none")
    ledger.compare("crps_gaussian", "torch", "items", ours.value, items.detach().numpy())
    slopes = lossctl.gradient("crps_gaussian", *inputs, reduction="sum")
    for name, leaf in (("predictions", mean), ("scale", width)):
        label = f"crps_gaussian ({name})"
        ledger.compare(label, "torch", "gradient", slopes[name], leaf.grad.numpy())


METRICS = {
    "quantile": "mean_pinball_loss",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_log_error",
    "poisson_deviance": "mean_poisson_deviance",
    "gamma_deviance": "mean_gamma_deviance",
    "tweedie_deviance": "mean_tweedie_deviance",
}


@pytest.mark.parametrize("loss", METRICS)
def test_scikit_learn(
    ledger: Ledger, rng: np.random.Generator, amounts: Any, counts: Any, loss: str
) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    predictions, targets = counts if loss == "poisson_deviance" else amounts
    power, level = float(rng.choice([1.0, 1.5, 2.0, 3.0])), float(rng.uniform(0.05, 0.95))
    theirs_given = {"quantile": {"alpha": level}, "tweedie_deviance": {"power": power}}
    ours_given = {"quantile": {"q": level}, "tweedie_deviance": {"power": power}}
    flat = [array.ravel().astype("float64") for array in (targets, predictions)]
    weight = rng.uniform(0.1, 3, size=flat[0].size)
    theirs = getattr(metrics, METRICS[loss])(
        *flat, sample_weight=weight, **theirs_given.get(loss, {})
    )
    ours = lossctl.compute(
        loss, predictions.ravel(), targets.ravel(), weights=weight, **ours_given.get(loss, {})
    )
    ledger.compare(loss, "scikit-learn", "value", ours.value, theirs)


def deviance(mean: Any, target: Any, power: float) -> Any:
    """Tweedie deviance between the powers 1 and 2, as the textbook has it."""
    a, b = 1 - power, 2 - power
    return 2 * (target**b / (a * b) - target * mean**a / a + mean**b / b)


@pytest.mark.parametrize("loss", ["msle", "smape", "mape", "tweedie_deviance"])
def test_formulas_of_amounts(
    ledger: Ledger, rng: np.random.Generator, amounts: Any, weights: Any, loss: str
) -> None:
    power, weight = float(rng.uniform(1.1, 1.9)), weights(amounts[0].shape)
    target = tensor(amounts[1], "float64")
    formula = {
        "msle": lambda p: (p.log1p() - target.log1p()) ** 2,
        "smape": lambda p: 2 * abs(p - target) / (abs(p) + abs(target)),
        "mape": lambda p: abs(p - target) / abs(target),
        "tweedie_deviance": lambda p: deviance(p, target, power),
    }[loss]

    def reference(predictions: Any, reduction: str) -> Any:
        return reduced(formula(predictions.double()), weight, reduction)

    params = {"power": power} if loss == "tweedie_deviance" else {}
    agree(ledger, loss, amounts, reference, weights=weight, **params)


@pytest.mark.parametrize("loss", ["rmse", "wmape"])
def test_functions_of_sums(ledger: Ledger, pairs: Any, weights: Any, loss: str) -> None:
    """Of everything, and for each entry of the first axis."""
    weight = weights(pairs[0].shape)
    if weight is not None:
        weight = np.maximum(weight, weight.dtype.type(0.1))  # a sample of no weight is left out
    each = np.ones_like(pairs[0]) if weight is None else weight
    target, share = (tensor(array) for array in (pairs[1], each))

    def value(errors: Any, axes: tuple[int, ...]) -> Any:
        if loss == "rmse":
            return ((share * errors**2).sum(axes) / share.sum(axes)).sqrt()
        return (share * errors.abs()).sum(axes) / (share * target.abs()).sum(axes)

    axes = tuple(range(pairs[0].ndim))
    ways: dict[str, tuple[int, ...]] = {"batch": axes, "sample": axes[1:]}
    for pooling, over in ways.items():
        if len(axes) < 2 and pooling == "sample":
            continue

        def reference(predictions: Any, _: str, over: Any = over) -> Any:
            return value(predictions - target, over).mean()

        agree(
            ledger, loss, pairs, reference, reductions=("mean",), reading=pooling,
            weights=weight, pooling=pooling,
        )  # fmt: skip


@pytest.mark.parametrize("loss", ["mase", "rmsse"])
def test_scaled_errors(ledger: Ledger, rng: np.random.Generator, dtype: str, loss: str) -> None:
    season, shape = int(rng.integers(1, 4)), (int(rng.integers(1, 6)), int(rng.integers(1, 9)))
    lengths = {"predictions": shape[1], "targets": shape[1], "training": shape[1] + 5}
    inputs = {n: rng.normal(size=(shape[0], length)).astype(dtype) for n, length in lengths.items()}

    def items(predictions: Any, targets: Any, training: Any) -> Any:
        errors, naive = predictions - targets, training[:, season:] - training[:, :-season]
        if loss == "mase":
            return errors.abs().mean(1) / naive.abs().mean(1)
        return ((errors**2).mean(1) / (naive**2).mean(1)).sqrt()

    agree_on_records(ledger, loss, inputs, items, season=season)
