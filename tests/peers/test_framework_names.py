"""A name of another library gives that library's number, with its own defaults and parameters.

Libraries that are not installed (MONAI, segmentation-models-pytorch, XGBoost, torchvision) are held
against their published formulas, written out in NumPy.
"""

import os
from typing import Any

import numpy as np
import pytest

import lossctl

torch = pytest.importorskip("torch")
functional = torch.nn.functional
pytestmark = pytest.mark.peers

RNG = np.random.default_rng(20)
N, C = 12, 4
VALUES, TRUTH = RNG.normal(size=N), RNG.normal(size=N)
AMOUNTS, COUNTS = RNG.gamma(2.0, size=N) + 0.1, RNG.poisson(3.0, size=N).astype(float)
LOGITS, LABELS = RNG.normal(scale=2.0, size=N), (np.arange(N) % 3 == 0).astype(float)
PROBS = 1.0 / (1.0 + np.exp(-LOGITS))
ROWS, CLASSES = RNG.normal(size=(N, C)), np.arange(N) % C
SOFTMAX = np.exp(ROWS) / np.exp(ROWS).sum(axis=1, keepdims=True)
SIGNS, WEIGHTS = 2.0 * LABELS - 1.0, np.where(np.arange(N) == 3, 0.0, RNG.uniform(0.2, 2.0, N))
OF_CLASS = np.array([0.5, 1.0, 2.0, 3.0])
FIRST, SECOND, THIRD = RNG.normal(size=(3, N, 5))
LABEL_ROWS = (RNG.uniform(size=(N, C)) < 0.5).astype(float)


def t(array: Any) -> Any:
    """Hand an array over to PyTorch."""
    return torch.tensor(np.asarray(array))


def close(ours: Any, theirs: Any, rel: float = 1e-11) -> None:
    """Hold two numbers against each other."""
    assert float(ours) == pytest.approx(float(theirs), rel=rel)


TORCH: dict[str, tuple[tuple[Any, ...], tuple[Any, ...], dict[str, Any]]] = {
    # our name for the case: what both are given, and the parameters by PyTorch's names
    "MSELoss": ((VALUES, TRUTH), (), {}),
    "L1Loss": ((VALUES, TRUTH), (), {}),
    "SmoothL1Loss": ((VALUES, TRUTH), (), {"beta": 0.3}),
    "HuberLoss": ((VALUES, TRUTH), (), {"delta": 0.3}),
    "CrossEntropyLoss": ((ROWS, CLASSES), (), {"label_smoothing": 0.1}),
    "NLLLoss": ((np.log(SOFTMAX), CLASSES), (), {}),
    "BCELoss": ((PROBS, LABELS), (), {}),
    "BCEWithLogitsLoss": ((LOGITS, LABELS), (), {}),
    "PoissonNLLLoss": ((VALUES, COUNTS), (), {"full": True}),
    "GaussianNLLLoss": ((VALUES, TRUTH, AMOUNTS), (0, 2, 1), {"full": True}),
    "MarginRankingLoss": ((VALUES, TRUTH, SIGNS), (), {"margin": 0.2}),
    "HingeEmbeddingLoss": ((AMOUNTS, SIGNS), (), {"margin": 1.5}),
    "MultiLabelSoftMarginLoss": ((ROWS, LABEL_ROWS), (), {}),
    "SoftMarginLoss": ((LOGITS, SIGNS), (), {}),
    "CosineEmbeddingLoss": ((FIRST, SECOND, SIGNS), (), {"margin": 0.1}),
    "MultiMarginLoss": ((ROWS, CLASSES), (), {"p": 2, "margin": 0.7}),
    "TripletMarginLoss": ((FIRST, SECOND, THIRD), (), {"margin": 0.5, "swap": True}),
}


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_modules_of_torch(name: str, reduction: str) -> None:
    arrays, order, given = TORCH[name]
    ours = [arrays[n] for n in order] if order else arrays
    theirs = getattr(torch.nn, name)(reduction=reduction, **given)(*map(t, arrays))
    close(lossctl.compute(name, *ours, reduction=reduction, **given).value, theirs)
    snake = f"torch.nn.{name}"
    close(lossctl.compute(snake, *ours, reduction=reduction, **given).value, theirs)


def test_defaults_of_torch() -> None:
    for name, (arrays, order, _) in TORCH.items():
        ours = [arrays[n] for n in order] if order else arrays
        close(lossctl.compute(name, *ours).value, getattr(torch.nn, name)()(*map(t, arrays)))


def test_weights_of_torch() -> None:
    for name, arrays in (("BCELoss", (PROBS, LABELS)), ("BCEWithLogitsLoss", (LOGITS, LABELS))):
        theirs = getattr(torch.nn, name)(weight=t(WEIGHTS))(*map(t, arrays))
        close(lossctl.compute(name, *arrays, weight=WEIGHTS).value, theirs)
    for name, arrays in (
        ("CrossEntropyLoss", (ROWS, CLASSES)),
        ("NLLLoss", (np.log(SOFTMAX), CLASSES)),
        ("MultiMarginLoss", (ROWS, CLASSES)),
    ):
        theirs = getattr(torch.nn, name)(weight=t(OF_CLASS))(*map(t, arrays))
        close(lossctl.compute(name, *arrays, weight=OF_CLASS).value, theirs)
    theirs = functional.huber_loss(t(VALUES), t(TRUTH), weight=t(WEIGHTS))
    close(lossctl.compute("huber_loss", VALUES, TRUTH, weights=WEIGHTS).value, theirs)
    theirs = functional.mse_loss(t(VALUES), t(TRUTH), weight=t(WEIGHTS))
    close(lossctl.compute("mse_loss", VALUES, TRUTH, weights=WEIGHTS).value, theirs)


def test_a_saturated_probability_costs_100_as_in_torch() -> None:
    probabilities, labels = np.array([0.0, 1.0, 0.5]), np.array([1.0, 0.0, 1.0])
    theirs = torch.nn.BCELoss()(t(probabilities), t(labels))
    close(lossctl.compute("BCELoss", probabilities, labels).value, theirs)


def test_divergence_of_torch() -> None:
    targets = SOFTMAX[::-1].copy()
    inputs = (np.log(SOFTMAX), targets)
    value = lossctl.compute("KLDivLoss", *inputs).value
    close(value, torch.nn.KLDivLoss(reduction="batchmean")(*map(t, inputs)))
    with pytest.warns(UserWarning, match="support size"):
        theirs = torch.nn.KLDivLoss()(*map(t, inputs))
    close(value / C, theirs)  # as the note says
    close(lossctl.compute("kl_div", *inputs, input="log_probabilities").value, value)


def test_sequences_of_torch() -> None:
    scores = np.log(RNG.dirichlet(np.ones(5), size=(6, 3)))
    targets, lengths, of = np.array([[1, 2], [3, 1], [2, 3]]), [6, 5, 6], [2, 1, 2]
    theirs = torch.nn.CTCLoss()(t(scores), t(targets), t(lengths), t(of))
    close(lossctl.compute("CTCLoss", scores, targets, lengths, of).value, theirs)


def test_focal_of_torchvision() -> None:
    """Its source: α_t·(1 − p_t)^γ·BCE of logits, α .25 and γ 2; a negative α is none."""
    bce = functional.binary_cross_entropy_with_logits(t(LOGITS), t(LABELS), reduction="none")
    p_t = PROBS * LABELS + (1.0 - PROBS) * (1.0 - LABELS)
    plain = bce.numpy() * (1.0 - p_t) ** 2
    alpha = 0.25 * LABELS + 0.75 * (1.0 - LABELS)
    close(lossctl.compute("sigmoid_focal_loss", LOGITS, LABELS).value, (alpha * plain).mean())
    none = lossctl.compute("torchvision.ops.sigmoid_focal_loss", LOGITS, LABELS, alpha=-1)
    close(none.value, plain.mean())


# Keras


@pytest.fixture(scope="module")
def keras() -> Any:
    """Keras on PyTorch, in float64."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    module = pytest.importorskip("keras", exc_type=ImportError)
    if module.backend.backend() != "torch":
        pytest.skip("Keras runs on another backend")
    return module


KERAS: list[tuple[str, Any, Any, dict[str, Any]]] = [
    ("MeanSquaredError", VALUES, TRUTH, {}),
    ("MeanAbsoluteError", VALUES, TRUTH, {}),
    ("MeanAbsolutePercentageError", VALUES, TRUTH, {}),
    ("MeanSquaredLogarithmicError", AMOUNTS, COUNTS, {}),
    ("LogCosh", VALUES, TRUTH, {}),
    ("Huber", VALUES, TRUTH, {"delta": 0.3}),
    ("Poisson", AMOUNTS, COUNTS, {}),
    ("Hinge", LOGITS, LABELS, {}),
    ("SquaredHinge", LOGITS, LABELS, {}),
    ("BinaryCrossentropy", PROBS, LABELS, {}),
    ("BinaryCrossentropy", LOGITS, LABELS, {"from_logits": True}),
    ("BinaryCrossentropy", PROBS, LABELS, {"label_smoothing": 0.2}),
    ("BinaryFocalCrossentropy", PROBS, LABELS, {}),
    ("BinaryFocalCrossentropy", PROBS, LABELS, {"apply_class_balancing": True, "gamma": 1.5}),
    ("BinaryFocalCrossentropy", LOGITS, LABELS, {"from_logits": True}),
    ("CategoricalCrossentropy", SOFTMAX, np.eye(C)[CLASSES], {}),
    ("CategoricalCrossentropy", ROWS, np.eye(C)[CLASSES],
     {"from_logits": True, "label_smoothing": 0.1}),
    ("SparseCategoricalCrossentropy", SOFTMAX, CLASSES, {}),
    ("SparseCategoricalCrossentropy", ROWS, CLASSES, {"from_logits": True}),
    ("CategoricalFocalCrossentropy", SOFTMAX, np.eye(C)[CLASSES], {}),
    ("CategoricalHinge", abs(ROWS), np.eye(C)[CLASSES], {}),
    ("CategoricalGeneralizedCrossEntropy", SOFTMAX, CLASSES, {}),
    ("KLDivergence", SOFTMAX, SOFTMAX[::-1].copy(), {}),
]  # fmt: skip


@pytest.mark.parametrize("case", KERAS, ids=lambda case: f"{case[0]}-{case[3]}")
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
def test_losses_of_keras(
    keras: Any, case: tuple[str, Any, Any, dict[str, Any]], weights: Any
) -> None:
    name, predictions, targets, given = case
    ours = {} if weights is None else {"sample_weight": weights}
    shape = (-1, 1) if np.ndim(predictions) == 1 else predictions.shape
    rows = np.reshape(predictions, shape)
    true = np.reshape(targets, shape) if np.shape(targets) == np.shape(predictions) else targets
    loss = getattr(keras.losses, name)(**given, dtype="float64")
    theirs = loss(t(true), t(rows), **({} if weights is None else {"sample_weight": t(weights)}))
    value = lossctl.compute(f"keras.losses.{name}", predictions, targets, **given, **ours).value
    close(value, theirs, rel=2e-6)
    if weights is None:
        close(lossctl.compute(name, predictions, targets, **given).value, theirs, rel=1e-4)


def test_cosine_of_keras(keras: Any) -> None:
    theirs = keras.losses.CosineSimilarity(dtype="float64")(t(SECOND), t(FIRST))
    close(lossctl.compute("CosineSimilarity", FIRST, SECOND).value - 1.0, theirs, rel=1e-6)


def test_tversky_of_keras(keras: Any) -> None:
    theirs = keras.losses.Tversky(alpha=0.3, beta=0.7, dtype="float64")(t(LABELS), t(PROBS))
    ours = lossctl.compute("keras.losses.Tversky", PROBS, LABELS, alpha=0.3, beta=0.7)
    close(ours.value, theirs, rel=1e-6)


# scikit-learn, LightGBM, XGBoost


def test_metrics_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    weighted = {"sample_weight": WEIGHTS}
    for name, predictions, targets, given in (
        ("mean_squared_error", VALUES, TRUTH, {}),
        ("mean_absolute_error", VALUES, TRUTH, {}),
        ("mean_absolute_percentage_error", VALUES, TRUTH, {}),
        ("mean_squared_log_error", AMOUNTS, COUNTS, {}),
        ("mean_pinball_loss", VALUES, TRUTH, {"alpha": 0.9}),
        ("mean_poisson_deviance", AMOUNTS, COUNTS, {}),
        ("mean_gamma_deviance", AMOUNTS, AMOUNTS[::-1].copy(), {}),
        ("mean_tweedie_deviance", AMOUNTS, COUNTS, {"power": 1.2}),
    ):
        for more in ({}, weighted):
            theirs = getattr(metrics, name)(targets, predictions, **given, **more)
            ours = lossctl.compute(f"sklearn.metrics.{name}", predictions, targets, **given, **more)
            close(ours.value, theirs)
    close(lossctl.compute("brier_score_loss", PROBS, LABELS).value,
          metrics.brier_score_loss(LABELS, PROBS))  # fmt: skip
    close(lossctl.compute("hinge_loss", LOGITS, LABELS).value, metrics.hinge_loss(LABELS, LOGITS))
    close(lossctl.compute("bce", PROBS, LABELS).value, metrics.log_loss(LABELS, PROBS))
    close(lossctl.compute("cross_entropy", SOFTMAX, CLASSES).value,
          metrics.log_loss(CLASSES, SOFTMAX))  # fmt: skip


def test_metrics_of_lightgbm() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    features = np.arange(N, dtype=float)[:, None]
    for objective, targets, given in (
        ("regression", TRUTH, {}),
        ("regression_l1", TRUTH, {}),
        ("huber", TRUTH, {"alpha": 0.4}),
        ("huber", TRUTH, {}),
        ("fair", TRUTH, {}),
        ("quantile", TRUTH, {"alpha": 0.8}),
        ("quantile", TRUTH, {}),
        ("binary", LABELS, {}),
        ("multiclass", CLASSES, {"num_class": C}),
        ("xentropy", PROBS, {}),
        ("poisson", COUNTS, {}),
    ):
        seen: dict[str, Any] = {}
        data = lightgbm.Dataset(features, targets)
        settings = {"objective": objective, "verbosity": -1, "min_data_in_leaf": 1, **given}
        model = lightgbm.train(
            settings, data, 3, valid_sets=[data], callbacks=[lightgbm.record_evaluation(seen)]
        )
        (values,) = seen["training"].values()
        ours = lossctl.compute(f"lightgbm.{objective}", model.predict(features), targets, **given)
        close(ours.value, values[-1], rel=1e-6)


def test_objectives_of_xgboost() -> None:
    """Its metrics as documented: logloss and mlogloss, poisson-nloglik, mphe."""
    from scipy.special import gammaln

    nll = -np.log(SOFTMAX[np.arange(N), CLASSES])
    close(lossctl.compute("multi:softprob", SOFTMAX, CLASSES).value, nll.mean())
    bce = -(LABELS * np.log(PROBS) + (1.0 - LABELS) * np.log(1.0 - PROBS))
    close(lossctl.compute("binary:logistic", PROBS, LABELS).value, bce.mean())
    close(lossctl.compute("binary:logitraw", LOGITS, LABELS).value, bce.mean())
    poisson = AMOUNTS - COUNTS * np.log(AMOUNTS) + gammaln(COUNTS + 1.0)
    close(lossctl.compute("count:poisson", AMOUNTS, COUNTS).value, poisson.mean())
    slope = 0.7
    mphe = slope**2 * (np.sqrt(1.0 + ((VALUES - TRUTH) / slope) ** 2) - 1.0)
    ours = lossctl.compute("reg:pseudohubererror", VALUES, TRUTH, huber_slope=slope)
    close(ours.value, mphe.mean())


# Masks


MASKS = (RNG.uniform(size=(3, 2, 5, 5)) < 0.4).astype(float)
MAPS = RNG.normal(size=(3, 2, 5, 5))
SURE = 1.0 / (1.0 + np.exp(-MAPS))
ONE_HOT = np.eye(3)[RNG.integers(0, 3, size=(2, 6, 6))].transpose(0, 3, 1, 2)
SCORES = RNG.normal(size=ONE_HOT.shape)
CLASS_MAPS = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)


def overlap(p: Any, y: Any, axes: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """Return the sums of a product and of its factors."""
    return (p * y).sum(axes), p.sum(axes), y.sum(axes)


def test_dice_of_monai() -> None:
    """Its source: 1 − (2I + 1e-5)/(P + T + 1e-5) of each sample and channel, then the mean."""
    inter, p, y = overlap(CLASS_MAPS, ONE_HOT, (2, 3))
    ours = lossctl.compute("monai.losses.DiceLoss", SCORES, ONE_HOT, softmax=True, class_axis=1)
    close(ours.value, (1.0 - (2.0 * inter + 1e-5) / (p + y + 1e-5)).mean())
    ours = lossctl.compute(
        "DiceLoss", SCORES, ONE_HOT.argmax(1), softmax=True, to_onehot_y=True,
        include_background=False,
    )  # fmt: skip
    close(ours.value, (1.0 - (2.0 * inter + 1e-5) / (p + y + 1e-5))[:, 1:].mean())
    ours = lossctl.compute("DiceLoss", CLASS_MAPS, ONE_HOT.argmax(1), jaccard=True)
    close(ours.value, (1.0 - (2.0 * inter + 1e-5) / (2.0 * (p + y - inter) + 1e-5)).mean())
    ours = lossctl.compute("DiceLoss", CLASS_MAPS, ONE_HOT.argmax(1), batch=True)
    inter, p, y = overlap(CLASS_MAPS, ONE_HOT, (0, 2, 3))
    close(ours.value, (1.0 - (2.0 * inter + 1e-5) / (p + y + 1e-5)).mean())


def test_tversky_of_monai() -> None:
    inter, p, y = overlap(CLASS_MAPS, ONE_HOT, (2, 3))
    wanted = 1.0 - (inter + 1e-5) / (inter + 0.3 * (p - inter) + 0.7 * (y - inter) + 1e-5)
    ours = lossctl.compute(
        "monai.losses.TverskyLoss", SCORES, ONE_HOT.argmax(1), softmax=True, alpha=0.3, beta=0.7
    )
    close(ours.value, wanted.mean())


def test_masks_of_segmentation_models() -> None:
    """Its source: of logits, for each class over the batch, nothing added; then the mean."""
    inter, p, y = overlap(CLASS_MAPS, ONE_HOT, (0, 2, 3))
    ours = lossctl.compute("smp.losses.DiceLoss", SCORES, ONE_HOT.argmax(1), mode="multiclass")
    close(ours.value, (1.0 - 2.0 * inter / (p + y)).mean())
    ours = lossctl.compute("JaccardLoss", SCORES, ONE_HOT.argmax(1))
    close(ours.value, (1.0 - inter / (p + y - inter)).mean())
    ours = lossctl.compute("smp.losses.TverskyLoss", SCORES, ONE_HOT.argmax(1))
    close(ours.value, (1.0 - inter / (0.5 * p + 0.5 * y)).mean())


# optax


def test_losses_of_optax() -> None:
    optax = pytest.importorskip("optax")
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    for name, ours, theirs in (
        ("squared_error", (VALUES, TRUTH), optax.squared_error(VALUES, TRUTH)),
        ("optax.huber_loss", (VALUES, TRUTH), optax.huber_loss(VALUES, TRUTH)),
        ("sigmoid_binary_cross_entropy", (LOGITS, LABELS),
         optax.sigmoid_binary_cross_entropy(LOGITS, LABELS)),
        ("softmax_cross_entropy_with_integer_labels", (ROWS, CLASSES),
         optax.softmax_cross_entropy_with_integer_labels(ROWS, CLASSES)),
        ("optax.hinge_loss", (LOGITS, SIGNS), optax.hinge_loss(LOGITS, SIGNS)),
        ("optax.sigmoid_focal_loss", (LOGITS, LABELS), optax.sigmoid_focal_loss(LOGITS, LABELS)),
        ("optax.kl_divergence", (np.log(SOFTMAX), SOFTMAX[::-1].copy()),
         optax.kl_divergence(np.log(SOFTMAX), SOFTMAX[::-1].copy())),
    ):  # fmt: skip
        close(lossctl.compute(name, *ours).value, np.mean(theirs), rel=1e-9)
    half = lossctl.compute("l2_loss", VALUES, TRUTH)
    close(half.value / 2.0, np.mean(optax.l2_loss(VALUES, TRUTH)))  # as the note says
    assert "half" in half.notes[0]


LAST = RNG.normal(size=(3, 5, 4, C))  # channels last, as optax has them
LAST_CLASSES = RNG.integers(0, C, size=(3, 5, 4))


def softmax_and_masks() -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities of `LAST`, and its masks."""
    shares = np.exp(LAST) / np.exp(LAST).sum(axis=-1, keepdims=True)
    return shares, np.eye(C)[LAST_CLASSES]


def test_dice_of_optax_smooths_whole_sums_of_each_sample() -> None:
    p, t = softmax_and_masks()
    both, alone = (p * t).sum((1, 2)), (p + t).sum((1, 2))
    wanted = (1.0 - (both + 1.0) / (0.5 * alone + 1.0)).mean(axis=-1)
    ours = lossctl.compute("optax.dice_loss", LAST, t, reduction="none").value
    np.testing.assert_allclose(ours, wanted, rtol=1e-12)


@pytest.mark.parametrize("weights", [None, OF_CLASS])
def test_dice_of_kornia_and_smp_weighs_classes(weights: np.ndarray | None) -> None:
    p, t = softmax_and_masks()
    first, given = np.moveaxis(LAST, -1, 1), weights if weights is None else weights.tolist()
    of_class = 1.0 - 2.0 * (p * t).sum((1, 2)) / (p + t).sum((1, 2))
    ours = lossctl.compute("kornia.DiceLoss", first, LAST_CLASSES, average="macro", weight=given)
    close(ours.value, np.average(of_class, axis=-1, weights=weights).mean())
    pooled = 1.0 - 2.0 * (p * t).sum((0, 1, 2)) / (p + t).sum((0, 1, 2))
    options: dict[str, Any] = {"mode": "multiclass", "class_weights": given}
    ours = lossctl.compute("smp.losses.DiceLoss", first, LAST_CLASSES, **options)
    close(ours.value, np.average(pooled, weights=weights))


def test_masks_and_segments_of_rax_are_items_that_count_and_groups() -> None:
    scores, relevance = np.array([0.0, 3.0, 1.0, 2.0]), np.array([1.0, 0.0, 1.0, 1.0])
    kept = [0, 2, 3]
    wanted = 3.0 * np.log(np.exp(scores[kept]).sum()) - scores[kept].sum()
    where = np.array([True, False, True, True])
    close(lossctl.compute("rax.softmax_loss", scores, relevance, where=where).value, wanted)
    segments = np.array([0, 1, 0, 1])
    sums = [np.log(np.exp(scores[segments == s]).sum()) for s in (0, 1)]
    wanted = ((2.0 * sums[0] - scores[0] - scores[2]) + (sums[1] - scores[3])) / 2.0
    close(lossctl.compute("rax.softmax_loss", scores, relevance, segments=segments).value, wanted)


def test_weights_of_properscoring_are_those_of_members() -> None:
    members, truth, weights = [[0.0, 2.0]], [1.0], [[3.0, 1.0]]
    ours = lossctl.compute("properscoring.crps_ensemble", members, truth, weights=weights)
    close(ours.value, 0.625)  # (3 + 1)/4 − 2·3·1·2/(2·16)
