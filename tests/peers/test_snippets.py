"""Every snippet of `lossctl recommend --snippet`, executed: it gives our number."""

import importlib
import os
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.recommend.reading import Choice
from lossctl.recommend.snippets import FRAMEWORKS, snippet, snippets
from lossctl.recommend.tree import load_tree

pytestmark = pytest.mark.peers
os.environ.setdefault("KERAS_BACKEND", "torch")  # read when keras is imported
IMPORTED = {"pytorch": "torch", "keras": "keras", "jax": "jax", "sklearn": "sklearn"}
RNG = np.random.default_rng(0)
N = 60
VALUES = (RNG.normal(size=N), RNG.normal(size=N))
AMOUNTS = (RNG.gamma(2, 2, N) + 0.1, RNG.gamma(2, 2, N) + 0.1)
BINARY = (RNG.normal(size=N) * 2, (RNG.uniform(size=N) < 0.3).astype(float))
CLASSES = (RNG.normal(size=(N, 4)), np.r_[np.arange(4), RNG.integers(0, 4, N - 4)])
SOFT = RNG.dirichlet(np.ones(4), N)
MASKS = (RNG.uniform(0.05, 0.95, N), (RNG.uniform(size=N) < 0.4).astype(float))
LOG_RATES = (RNG.normal(size=N), RNG.poisson(2, N).astype(float))

DATA: dict[str, tuple[Any, Any]] = {
    **dict.fromkeys(("mse", "mae", "huber", "smooth_l1", "quantile"), VALUES),
    **dict.fromkeys(("msle", "gamma_deviance", "tweedie_deviance", "poisson_deviance"), AMOUNTS),
    **dict.fromkeys(("bce_with_logits", "focal", "hinge"), BINARY),
    **dict.fromkeys(
        ("cross_entropy", "logit_adjusted_cross_entropy", "multi_margin",
         "generalized_cross_entropy"), CLASSES),
    "kl_divergence": (CLASSES[0], SOFT),
    "poisson_nll": LOG_RATES,
    **dict.fromkeys(("dice", "tversky", "dice_cross_entropy"), MASKS),
}  # fmt: skip
KINDS = {
    **dict.fromkeys(("dice", "tversky", "dice_cross_entropy"), "probabilities"),
    **dict.fromkeys(
        ("bce_with_logits", "focal", "cross_entropy", "logit_adjusted_cross_entropy",
         "generalized_cross_entropy", "kl_divergence"), "logits"),
}  # fmt: skip
PARAMS: dict[str, list[dict[str, Any]]] = {
    "huber": [{"delta": 0.4}],
    "quantile": [{"q": 0.9}],
    "tweedie_deviance": [{"power": 1.3}],
    "smooth_l1": [{"beta": 0.7}],
    "focal": [{"gamma": 1.5, "alpha": 0.25}],
    "multi_margin": [{"margin": 0.8, "p": 1}],
    "tversky": [{"alpha": 0.3, "beta": 0.7}],
}
SMOOTHED = [
    (framework, loss)
    for framework in ("pytorch", "keras", "jax")
    for loss in ("bce_with_logits", "cross_entropy")
]
CASES = [(name, loss) for name in FRAMEWORKS for loss in snippets()[name]]


def arrays(framework: str, loss: str) -> tuple[Any, Any]:
    predictions, targets = DATA[loss]
    whole = targets.dtype.kind == "i"
    if framework == "pytorch":
        torch = importlib.import_module("torch")
        return torch.tensor(predictions), torch.tensor(targets)
    if framework == "keras":
        keras = importlib.import_module("keras")
        kind = "int32" if whole else "float32"
        return keras.ops.convert_to_tensor(predictions, "float32"), keras.ops.convert_to_tensor(
            targets, kind
        )
    if framework == "jax":
        jnp = importlib.import_module("jax.numpy")
        return jnp.asarray(predictions), jnp.asarray(targets)
    return predictions, targets


def run(framework: str, loss: str, params: dict[str, Any], options: dict[str, Any]) -> float:
    pytest.importorskip(IMPORTED.get(framework, framework))
    code = snippet(Choice(loss, params, options), framework, {"task": "regression"})
    names: dict[str, Any] = {}
    exec(compile(code, f"{framework} {loss}", "exec"), names)  # noqa: S102 - our own snippet
    return float(names["loss"](*arrays(framework, loss)))


@pytest.mark.parametrize(("framework", "loss"), CASES)
def test_the_snippet_gives_our_number(framework: str, loss: str) -> None:
    rough = 2e-5 if framework in {"keras", "jax"} else 1e-6  # they compute in float32
    for params in PARAMS.get(loss, [{}]):
        kind = {"input": KINDS[loss]} if loss in KINDS else {}
        ours = lossctl.compute(loss, *DATA[loss], **kind, **params).value
        assert run(framework, loss, params, {}) == pytest.approx(ours, rel=rough), params


@pytest.mark.parametrize(("framework", "loss"), SMOOTHED)
def test_label_smoothing(framework: str, loss: str) -> None:
    ours = lossctl.compute(loss, *DATA[loss], input="logits", label_smoothing=0.1).value
    assert run(framework, loss, {"label_smoothing": 0.1}, {}) == pytest.approx(ours, rel=2e-5)


def test_balanced_weights_and_ignored_labels() -> None:
    predictions, targets = CLASSES
    ours = lossctl.compute("cross_entropy", predictions, targets, class_weights="balanced").value
    theirs = run("pytorch", "cross_entropy", {}, {"class_weights": "balanced"})
    assert theirs == pytest.approx(ours, rel=1e-6)
    ours = lossctl.compute("bce_with_logits", *BINARY, pos_weight="balanced").value
    theirs = run("pytorch", "bce_with_logits", {"pos_weight": "balanced"}, {})
    assert theirs == pytest.approx(ours, rel=1e-6)


def test_models_are_trained_by_the_code() -> None:
    """Where a snippet makes a model, the model fits."""
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(0)
    features = rng.normal(size=(80, 2))
    labels = {"bce_with_logits", "hinge"}
    for loss in snippets()["sklearn"]:
        names: dict[str, Any] = {}
        params = PARAMS.get(loss, [{}])[0]
        exec(snippet(Choice(loss, params), "sklearn", {}), names)  # noqa: S102
        targets = rng.gamma(2, 2, 80) + 0.1
        if loss in labels:
            targets = (targets > 3).astype(int)
        if loss == "cross_entropy":
            targets = np.digitize(targets, [2, 4])
        fitted = names["model"].fit(features, targets)
        assert np.isfinite(fitted.predict(features)).all(), loss


def test_every_loss_usual_in_a_framework_has_a_snippet() -> None:
    """Leaves whose loss is in the catalogue and comes with no code at all are few and known."""
    leaves = {leaf.loss for leaf in load_tree().leaves.values()}
    without = leaves & set(lossctl.losses.catalogue.CATALOGUE) - set(snippets()["pytorch"])
    assert without <= {
        "boundary", "cldice", "constraint_violation", "crps_gaussian", "distillation",
        "gaussian_nll", "multilabel_margin", "rule_satisfaction",
    }  # fmt: skip
