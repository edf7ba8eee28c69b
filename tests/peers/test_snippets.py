"""Every snippet of `lossctl recommend --snippet`, executed: it gives our number."""

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.losses.catalogue import CATALOGUE, get
from lossctl.recommender.decision_tree import load_tree
from lossctl.recommender.fit_loss import LossChoice
from lossctl.recommender.questions import FRAMEWORKS
from lossctl.recommender.recommendation import advise
from lossctl.recommender.snippets import snippet, snippets
from tests.cli.run import lossctl as command_line
from tests.recommender.checks import every_answer

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
    **dict.fromkeys(("mse", "rmse", "mae", "wmape", "huber", "smooth_l1", "quantile"), VALUES),
    **dict.fromkeys(("charbonnier", "log_cosh", "concordance"), VALUES),
    **dict.fromkeys(("mape", "msle", "gamma_deviance", "tweedie_deviance"), AMOUNTS),
    "poisson_deviance": AMOUNTS,
    **dict.fromkeys(("bce_with_logits", "focal", "hinge"), BINARY),
    **dict.fromkeys(
        ("cross_entropy", "logit_adjusted_cross_entropy", "multi_margin",
         "generalized_cross_entropy"), CLASSES),
    "soft_margin": (BINARY[0], 2 * BINARY[1] - 1),
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
    "charbonnier": [{"epsilon": 0.3}],
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
CASES = [
    (name, loss)
    for name in FRAMEWORKS
    for loss in snippets(name)
    if "/" not in loss and not get(loss).in_words and len(get(loss).inputs) == 2
]  # those of other inputs: test_snippets_inputs.py


def arrays(framework: str, predictions: Any, targets: Any) -> tuple[Any, Any]:
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
    code = snippet(LossChoice(loss, params, options), framework, {"task": "regression"})
    return execute(code, framework, *DATA[loss])


def execute(code: str, framework: str, predictions: Any, targets: Any) -> float:
    names: dict[str, Any] = {}
    exec(compile(code, framework, "exec"), names)  # noqa: S102 - our own snippet
    return float(names["loss"](*arrays(framework, predictions, targets)))


@pytest.mark.parametrize(("framework", "loss"), CASES)
def test_the_snippet_gives_our_number(framework: str, loss: str) -> None:
    rough = 2e-5 if framework in {"keras", "jax"} else 1e-6  # they compute in float32
    for params in PARAMS.get(loss, [{}]):
        kind = {"input": KINDS[loss]} if loss in KINDS else {}
        ours = lossctl.compute(loss, *DATA[loss], **kind, **params).value
        assert run(framework, loss, params, {}) == pytest.approx(ours, rel=rough), params


def answered() -> dict[tuple[str, str, str, str], dict[str, str]]:
    """Every loss that answers about classes lead to, by task, classes, loss and options."""
    tree, found = load_tree(), {}
    for task in ("classification", "segmentation"):
        for given in every_answer(tree.branches[task]):
            if given["classes"] != "unknown":
                answers = {"task": task, **given}
                choice = advise(tree, answers).choice
                key = task, given["classes"], choice.spec, str(dict(choice.options))
                found.setdefault(key, answers)
    return found


ANSWERED = answered()
IMAGES = RNG.normal(size=(2, 8, 8, 3)) * 2
LABELS = RNG.integers(0, 3, (2, 8, 8))
VARIANTS: dict[tuple[str, str], tuple[Any, Any]] = {
    ("classification", "binary"): BINARY,
    **dict.fromkeys([("classification", "multiclass"), ("classification", "ordinal")], CLASSES),
    ("classification", "multilabel"): (
        RNG.normal(size=(N, 3)) * 2, (RNG.uniform(size=(N, 3)) < 0.3).astype(float)),
    ("segmentation", "binary"): (RNG.normal(size=(2, 8, 8)) * 2, (LABELS == 1).astype(float)),
    ("segmentation", "multiclass"): (IMAGES, LABELS),
}  # fmt: skip


def variant_data(framework: str, task: str, classes: str, choice: LossChoice) -> tuple[Any, Any]:
    """Data of a kind of classes, laid out as the framework has it."""
    predictions, targets = VARIANTS[task, classes]
    if choice.loss == "kl_divergence":
        return DATA[choice.loss]
    if choice.loss == "logit_adjusted_cross_entropy" and classes == "binary":  # a score a class
        return np.stack([np.zeros(len(targets)), predictions], axis=1), targets.astype(int)
    masks = (task, classes) == ("segmentation", "binary")
    if masks and KINDS.get(choice.loss) == "probabilities":
        predictions = 1 / (1 + np.exp(-predictions))
    if (task, classes) == ("segmentation", "multiclass"):
        if framework == "pytorch":
            predictions = np.moveaxis(predictions, -1, 1)
        if framework in {"sklearn", "lightgbm"}:
            predictions, targets = predictions.reshape(-1, 3), targets.ravel()
    if "ignore_index" in choice.options:
        marked = np.arange(targets.size).reshape(targets.shape) % 7 == 3
        targets = np.where(marked, -100, targets)
    return predictions, targets


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("key", ANSWERED, ids="-".join)
def test_the_snippet_gives_the_number_of_the_command(
    framework: str, key: tuple[str, str, str, str], tmp_path: Path
) -> None:
    """The code, and the command beside it, on data of the classes that were answered."""
    pytest.importorskip(IMPORTED.get(framework, framework))
    files = {name: str(tmp_path / f"{name}.npy") for name in ("predictions", "targets")}
    advice = advise(load_tree(), ANSWERED[key], data=files)
    try:
        code = snippet(advice.choice, framework, ANSWERED[key])
    except UsageError as error:
        assert "no code for" in str(error)  # noqa: PT017 - not every framework has every loss
        return
    given = variant_data(framework, key[0], key[1], advice.choice)
    for name, array in zip(files, given, strict=True):
        np.save(files[name], array)
    done = command_line(*advice.command.split()[1:], "--value-only")
    assert done.code == 0, done.err
    assert execute(code, framework, *given) == pytest.approx(float(done.out), rel=2e-5)


def test_pytorch_has_code_for_nearly_every_answer() -> None:
    without = set()
    for (task, classes, spec, _), answers in ANSWERED.items():
        try:
            snippet(advise(load_tree(), answers).choice, "pytorch", answers)
        except UsageError:
            without.add((task, classes, spec.partition(":")[0]))
    assert without == {
        ("classification", "multiclass", "distillation"),
        ("classification", "ordinal", "distillation"),
        ("classification", "multilabel", "multilabel_margin"),
        *(("segmentation", one, loss) for one in ("binary", "multiclass")
          for loss in ("boundary", "cldice", "detection")),
    }  # fmt: skip


@pytest.mark.parametrize("framework", ["pytorch", "keras", "jax"])
def test_focal_of_one_hot_rows(framework: str) -> None:
    predictions, targets = CLASSES
    rows = np.eye(4)[targets]
    pytest.importorskip(IMPORTED[framework])
    choice = LossChoice("focal", {"gamma": 2.0, "alpha": 0.25})
    code = snippet(choice, framework, {"task": "classification", "classes": "multiclass"})
    ours = lossctl.compute("focal", predictions, rows, input="logits", task="multiclass").value
    assert execute(code, framework, predictions, rows) == pytest.approx(ours, rel=2e-5)


def test_the_code_of_classes_leaves_marked_pixels_out() -> None:
    pytest.importorskip("torch")
    targets, scores = LABELS.copy(), np.moveaxis(IMAGES, -1, 1)
    targets[0, :2] = 255
    for loss in ("dice", "tversky", "dice_cross_entropy", "focal", "cross_entropy"):
        choice = LossChoice(loss, {}, {"ignore_index": 255})
        code = snippet(choice, "pytorch", {"task": "segmentation", "classes": "multiclass"})
        ours = lossctl.compute(loss, scores, targets, ignore_index=255).value
        assert execute(code, "pytorch", scores, targets) == pytest.approx(ours, rel=1e-6), loss


def test_code_that_would_be_another_loss_is_refused() -> None:
    several = {"task": "classification", "classes": "multiclass"}
    with pytest.raises(UsageError, match="no code for focal of several classes"):
        snippet(LossChoice("focal"), "lightgbm", several)
    with pytest.raises(UsageError, match=r"with label_smoothing 0\.1; there is code for pytorch"):
        snippet(LossChoice("cross_entropy", {"label_smoothing": 0.1}), "sklearn", several)


@pytest.mark.parametrize(("framework", "loss"), SMOOTHED)
def test_label_smoothing(framework: str, loss: str) -> None:
    ours = lossctl.compute(loss, *DATA[loss], input="logits", label_smoothing=0.1).value
    assert run(framework, loss, {"label_smoothing": 0.1}, {}) == pytest.approx(ours, rel=2e-5)


@pytest.mark.parametrize("framework", ["pytorch", "jax", "sklearn", "lightgbm"])
def test_plain_rates(framework: str) -> None:
    pytest.importorskip(IMPORTED.get(framework, framework))
    code = snippet(
        LossChoice("poisson_nll", {"log_input": False}), framework, {"task": "regression"}
    )
    ours = lossctl.compute("poisson_nll", *AMOUNTS, log_input=False).value
    assert execute(code, framework, *AMOUNTS) == pytest.approx(ours, rel=2e-5)


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
    for name in snippets("sklearn"):
        loss, _, kind = name.partition("/")
        names: dict[str, Any] = {}
        params = PARAMS.get(loss, [{}])[0]
        options = {"class_weights": "effective:0.999"} if kind == "effective" else {}
        choice = LossChoice(loss, params, options)
        exec(snippet(choice, "sklearn", {}), names)  # noqa: S102
        targets = rng.gamma(2, 2, 80) + 0.1
        if loss in labels:
            targets = (targets > 3).astype(int)
        if loss == "cross_entropy":
            targets = np.digitize(targets, [2, 4])
        weights = {"sample_weight": names["weights"](targets)} if kind == "effective" else {}
        fitted = names["model"].fit(features, targets, **weights)
        assert np.isfinite(fitted.predict(features)).all(), name


def test_every_loss_usual_in_a_framework_has_a_snippet() -> None:
    """Losses of tables and masks that come with no code at all are few and known."""
    tree = load_tree()
    branches = [tree.branches[task] for task in ("classification", "regression", "segmentation")]
    rules = [rule for branch in branches for rule in (*branch.guide, *branch.evidence)]
    leaves = {tree.leaves[rule.leaf].loss for rule in rules} & set(CATALOGUE)
    assert leaves - set(snippets("pytorch")) == {
        "boundary", "cldice", "crps_gaussian", "distillation", "gaussian_nll", "multilabel_margin",
    }  # fmt: skip
