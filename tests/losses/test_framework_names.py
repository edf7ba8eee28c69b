"""Names of other libraries, written from their documentation: what each must be here."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.cli.completion import _of_libraries
from lossctl.cli.main import run as run_line
from lossctl.core.errors import UsageError
from lossctl.core.options import OPTIONS
from lossctl.core.spelling import at_door
from lossctl.losses import framework_names
from lossctl.losses.catalogue import CATALOGUE, RECIPES, get, names, resolve

NAMES: dict[str, dict[str, str]] = {
    "PyTorch": {
        "MSELoss": "mse", "mse_loss": "mse", "L1Loss": "mae", "l1_loss": "mae",
        "SmoothL1Loss": "smooth_l1", "smooth_l1_loss": "smooth_l1",
        "HuberLoss": "huber", "huber_loss": "huber",
        "CrossEntropyLoss": "cross_entropy", "NLLLoss": "nll", "nll_loss": "nll",
        "BCELoss": "bce", "binary_cross_entropy": "bce",
        "BCEWithLogitsLoss": "bce_with_logits",
        "binary_cross_entropy_with_logits": "bce_with_logits",
        "PoissonNLLLoss": "poisson_nll", "poisson_nll_loss": "poisson_nll",
        "GaussianNLLLoss": "gaussian_nll", "gaussian_nll_loss": "gaussian_nll",
        "KLDivLoss": "kl_divergence", "kl_div": "kl_divergence",
        "MarginRankingLoss": "margin_ranking", "margin_ranking_loss": "margin_ranking",
        "HingeEmbeddingLoss": "hinge_embedding", "hinge_embedding_loss": "hinge_embedding",
        "MultiLabelMarginLoss": "multilabel_margin",
        "multilabel_margin_loss": "multilabel_margin",
        "MultiLabelSoftMarginLoss": "multilabel_soft_margin",
        "multilabel_soft_margin_loss": "multilabel_soft_margin",
        "SoftMarginLoss": "soft_margin", "soft_margin_loss": "soft_margin",
        "CosineEmbeddingLoss": "cosine_embedding", "cosine_embedding_loss": "cosine_embedding",
        "MultiMarginLoss": "multi_margin", "multi_margin_loss": "multi_margin",
        "TripletMarginLoss": "triplet", "triplet_margin_loss": "triplet",
        "TripletMarginWithDistanceLoss": "triplet", "CTCLoss": "ctc", "ctc_loss": "ctc",
        "sigmoid_focal_loss": "focal", "generalized_box_iou_loss": "giou",
        "distance_box_iou_loss": "diou", "complete_box_iou_loss": "ciou",
        "giou_loss": "giou", "diou_loss": "diou", "ciou_loss": "ciou",
    },
    "Keras": {
        "MeanSquaredError": "mse", "mean_squared_error": "mse", "MeanAbsoluteError": "mae",
        "mean_absolute_error": "mae", "MeanAbsolutePercentageError": "mape",
        "mean_absolute_percentage_error": "mape", "MeanSquaredLogarithmicError": "msle",
        "mean_squared_logarithmic_error": "msle", "Huber": "huber", "LogCosh": "log_cosh",
        "BinaryCrossentropy": "bce", "binary_crossentropy": "bce",
        "BinaryFocalCrossentropy": "focal", "binary_focal_crossentropy": "focal",
        "CategoricalCrossentropy": "cross_entropy", "categorical_crossentropy": "cross_entropy",
        "SparseCategoricalCrossentropy": "cross_entropy",
        "sparse_categorical_crossentropy": "cross_entropy",
        "CategoricalFocalCrossentropy": "focal", "categorical_focal_crossentropy": "focal",
        "CategoricalHinge": "multiclass_hinge", "categorical_hinge": "multiclass_hinge",
        "CategoricalGeneralizedCrossEntropy": "generalized_cross_entropy",
        "Hinge": "hinge", "SquaredHinge": "squared_hinge", "squared_hinge": "squared_hinge",
        "KLDivergence": "kl_divergence", "Poisson": "poisson_nll", "Dice": "dice",
        "Tversky": "tversky", "Circle": "circle", "CTC": "ctc",
        "CosineSimilarity": "cosine_distance",
    },
    "scikit-learn": {
        "squared_error": "mse", "absolute_error": "mae", "mean_pinball_loss": "quantile",
        "mean_squared_log_error": "msle", "mean_poisson_deviance": "poisson_deviance",
        "mean_gamma_deviance": "gamma_deviance", "mean_tweedie_deviance": "tweedie_deviance",
        "brier_score_loss": "brier", "hinge_loss": "hinge", "exponential": "exponential",
        "perceptron": "hinge", "epsilon_insensitive": "custom", "quantile": "quantile",
    },
    "XGBoost": {
        "reg:squarederror": "mse", "reg:squaredlogerror": "msle", "reg:absoluteerror": "mae",
        "reg:pseudohubererror": "pseudo_huber", "reg:quantileerror": "quantile",
        "reg:logistic": "bce", "binary:logistic": "bce", "binary:logitraw": "bce_with_logits",
        "binary:hinge": "hinge", "multi:softprob": "cross_entropy",
        "multi:softmax": "cross_entropy", "count:poisson": "poisson_nll",
        "reg:gamma": "gamma_deviance", "reg:tweedie": "tweedie_deviance",
        "rank:ndcg": "lambda_rank", "rank:pairwise": "ranknet", "logloss": "bce",
        "mlogloss": "cross_entropy",
    },
    "LightGBM": {
        "regression": "mse", "regression_l2": "mse", "regression_l1": "mae", "fair": "custom",
        "poisson": "poisson_nll", "gamma": "gamma_deviance", "tweedie": "tweedie_deviance",
        "binary": "bce", "binary_logloss": "bce", "multiclass": "cross_entropy",
        "multi_logloss": "cross_entropy", "multiclassova": "bce", "xentropy": "bce",
        "lambdarank": "lambda_rank", "rank_xendcg": "listnet",
    },
    "optax": {
        "squared_error": "mse", "l2_loss": "mse", "log_cosh": "log_cosh",
        "sigmoid_binary_cross_entropy": "bce_with_logits",
        "softmax_cross_entropy": "cross_entropy",
        "softmax_cross_entropy_with_integer_labels": "cross_entropy",
        "poly_loss_cross_entropy": "poly1", "multiclass_hinge_loss": "multiclass_hinge",
        "perceptron_loss": "hinge", "ranking_softmax_loss": "listnet", "ntxent": "nt_xent",
    },
    "Hugging Face": {
        "single_label_classification": "cross_entropy",
        "multi_label_classification": "bce_with_logits", "ForCausalLMLoss": "cross_entropy",
        "ForMaskedLMLoss": "cross_entropy", "LabelSmoother": "cross_entropy",
        "DPOTrainer": "dpo", "sigmoid": "dpo", "RewardTrainer": "bradley_terry",
        "sppo_hard": "sppo", "nca_pair": "nca", "apo_zero": "apo", "apo_down": "apo",
        "discopop": "discopop", "cdpo": "dpo",
        "robust": "robust_dpo", "KTOTrainer": "kto", "ORPOTrainer": "orpo",
        "CPOTrainer": "cpo", "trl.hinge": "slic", "simpo_loss": "simpo", "ipo": "ipo",
    },
    "segmentation": {
        "DiceLoss": "dice", "JaccardLoss": "jaccard", "TverskyLoss": "tversky",
        "FocalLoss": "focal", "SoftBCEWithLogitsLoss": "bce_with_logits",
        "SoftCrossEntropyLoss": "cross_entropy", "GeneralizedDiceLoss": "generalized_dice",
        "GeneralizedWassersteinDiceLoss": "generalized_wasserstein_dice", "BoxGIoULoss": "giou",
        "DiceCELoss": "dice_cross_entropy", "HausdorffDTLoss": "hausdorff",
        "SoftclDiceLoss": "cldice", "SSIMLoss": "ssim", "BarlowTwinsLoss": "barlow_twins",
        "dice_loss": "dice", "tversky_loss": "tversky", "focal_tversky_loss": "focal_tversky",
        "lovasz_softmax_loss": "lovasz_softmax",
    },
    "embeddings": {
        "ContrastiveLoss": "contrastive", "TripletLoss": "triplet",
        "MultipleNegativesRankingLoss": "multiple_negatives_ranking",
        "CosineSimilarityLoss": "cosine_similarity", "NTXentLoss": "nt_xent",
        "SupConLoss": "supervised_contrastive", "ArcFaceLoss": "arcface",
        "CosFaceLoss": "cosface", "CircleLoss": "circle", "NPairsLoss": "n_pairs",
        "MultiSimilarityLoss": "multi_similarity", "VICRegLoss": "vicreg",
        "InfoNCELoss": "info_nce", "BatchHardTripletLoss": "triplet",
        "TripletSemiHardLoss": "triplet",
    },
    "forecasting": {
        "RootMeanSquaredError": "rmse", "RMSE": "rmse", "root_mean_squared_error": "rmse",
        "MeanAbsoluteScaledError": "mase", "mean_squared_scaled_error": "rmsse", "ND": "wmape",
        "WeightedMeanAbsolutePercentageError": "wmape", "interval_score": "interval",
        "ContinuousRankedProbabilityScore": "crps_ensemble", "winkler_score": "interval",
        "mean_weighted_sum_quantile_loss": "crps_quantile", "crps_ensemble": "crps_ensemble",
        "NegativeBinomialP": "negative_binomial_nll", "log_nb_positive": "negative_binomial_nll",
        "ZeroInflatedPoisson": "zero_inflated_poisson_nll",
    },
    "ranking": {
        "pairwise_hinge_loss": "pairwise_hinge", "pairwise_logistic_loss": "ranknet",
        "pairwise_soft_zero_one_loss": "pairwise_soft_zero_one", "rax.softmax_loss": "listnet",
        "pairwise_mse_loss": "pairwise_mse", "approxNDCGLoss": "approx_ndcg",
        "pointwise_sigmoid_loss": "bce_with_logits", "listMLE": "listmle", "listNet": "listnet",
        "tfr.PairwiseHingeLoss": "pairwise_hinge", "ListMLELoss": "listmle",
        "poly1_softmax_loss": "poly1_softmax", "unique_softmax_loss": "unique_softmax",
        "pairwise_qr_loss": "pairwise_quantile", "allrank.lambdaLoss": "lambda_loss",
        "rankNet_weightByGTDiff": "ranknet", "binary_listNet": "listnet",
        "ApproxMRRLoss": "approx_mrr", "tfr.SoftmaxLoss": "listnet",
    },
    "ordered classes": {
        "CoralLoss": "coral", "coral_loss": "coral", "CornLoss": "corn", "corn_loss": "corn",
        "OrderedModel": "cumulative_logits", "rps_score": "ordinal_emd",
    },
    "images": {"CharbonnierLoss": "charbonnier", "kornia.charbonnier_loss": "pseudo_huber"},
    "torchmetrics": {
        "SymmetricMeanAbsolutePercentageError": "smape", "MeanSquaredLogError": "msle",
        "LogCoshError": "log_cosh", "TweedieDevianceScore": "tweedie_deviance",
        "HingeLoss": "hinge", "MulticlassHingeLoss": "multiclass_hinge",
        "StructuralSimilarityIndexMeasure": "ssim", "GeneralizedIntersectionOverUnion": "giou",
        "MultiScaleStructuralSimilarityIndexMeasure": "ms_ssim", "MultiScaleSSIMMetric": "ms_ssim",
    },
}  # fmt: skip
EVERY = [(library, name, loss) for library, names in NAMES.items() for name, loss in names.items()]
QUALIFIED = {
    "torch.nn.BCELoss": "bce", "F.cross_entropy": "cross_entropy", "nn.L1Loss": "mae",
    "tf.keras.losses.Poisson": "poisson_nll", "keras.losses.cosine_similarity": "cosine_distance",
    "sklearn.metrics.mean_squared_error": "mse", "optax.losses.l2_loss": "mse",
    "optax.hinge_loss": "hinge", "monai.losses.ContrastiveLoss": "nt_xent",
    "smp.losses.DiceLoss": "dice", "lightgbm.cross_entropy": "bce", "lightgbm.huber": "huber",
    "lovasz_losses.lovasz_softmax": "lovasz_softmax", "lovasz_losses.lovasz_hinge": "lovasz_hinge",
    "sentence_transformers.losses.TripletLoss": "triplet", "torch.nn.functional.mse_loss": "mse",
}  # fmt: skip
METRICS = {
    "F1": "f1", "f1_score": "f1", "F1Score": "f1", "accuracy_score": "accuracy",
    "Accuracy": "accuracy", "roc_auc_score": "roc_auc", "AUROC": "roc_auc", "auc": "roc_auc",
    "average_precision_score": "average_precision", "NormalizedRootMeanSquaredError": "rmse",
    "r2_score": "r2", "median_absolute_error": "medae", "ndcg_score": "ndcg",
    "matthews_corrcoef": "mcc", "balanced_accuracy_score": "balanced_accuracy", "psnr": "psnr",
    "JaccardIndex": "iou", "jaccard_score": "iou", "MeanAveragePrecision": "map", "bleu": "bleu",
    "WordErrorRate": "wer", "zero_one_loss": "accuracy",
}  # fmt: skip


def test_there_are_enough() -> None:
    assert len({name for _, name, _ in EVERY}) >= 119


@pytest.mark.parametrize(("library", "name", "loss"), EVERY)
def test_a_name(library: str, name: str, loss: str) -> None:
    assert resolve(name) == loss
    assert lossctl.show(name).to_dict()["id"] == loss


@pytest.mark.parametrize(("name", "loss"), QUALIFIED.items())
def test_a_name_with_its_module(name: str, loss: str) -> None:
    assert resolve(name) == loss


@pytest.mark.parametrize(("name", "metric"), METRICS.items())
def test_a_metric_is_no_loss(name: str, metric: str) -> None:
    with pytest.raises(UsageError, match=rf"is a metric.*`lossctl.recommend\(metric='{metric}'"):
        resolve(name)


@pytest.mark.parametrize("metric", sorted(framework_names._document()["metrics"]))
def test_the_command_for_a_metric_works(
    metric: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the message says of each metric of the table can be run, and answers with a loss."""
    name = framework_names._document()["metrics"][metric][0]
    with pytest.raises(UsageError) as caught, at_door("shell"):
        resolve(name)
    command = re.search("`lossctl (recommend [^`]*)`", str(caught.value))
    assert command is not None
    monkeypatch.setenv("TERM", "dumb")
    assert run_line(command[1].split()) == 0
    said = capsys.readouterr().out.split()[0].partition(":")[0]
    assert said in CATALOGUE or said in RECIPES


@pytest.mark.parametrize("name", ["log_loss", "sklearn.metrics.log_loss", "LovaszLoss"])
def test_a_name_of_two_losses(name: str, tmp_path: Path) -> None:
    two = ("lovasz_hinge", "lovasz_softmax") if "ovasz" in name else ("bce", "cross_entropy")
    with pytest.raises(UsageError) as caught:
        lossctl.compute(name, [0.5], [1.0])
    assert all(loss in str(caught.value) for loss in two)
    assert "--loss" not in str(caught.value)
    done = in_shell("compute", "p.npy", "t.npy", "--loss", name, folder=tmp_path)
    assert done.returncode == 2
    assert all(f"--loss {loss} (" in done.stderr for loss in two)


def test_a_loss_that_is_not_here_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="AngularLoss is not available; `lossctl show n_p"):
        lossctl.compute("AngularLoss", [0.5], [1.0])


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("BCEWithLogitLoss", "BCEWithLogitsLoss"),
        ("BinaryCrossEntropyy", "BinaryCrossentropy"),
        ("reg:squareerror", "reg:squarederror"),
        ("hubber", "huber"),
    ],
)
def test_the_nearest_name_is_sought_in_the_table_too(name: str, near: str) -> None:
    with pytest.raises(UsageError, match=f"did you mean {near}"):
        resolve(name)


P, T = np.array([0.2, 0.7, 0.9, 0.4]), np.array([0.0, 1.0, 1.0, 0.0])
W = np.array([1.0, 0.0, 2.0, 0.5])
PAIRS = -(T * np.log(P) + (1.0 - T) * np.log(1.0 - P))
SOFTPLUS = np.log1p(np.exp(P)) - T * P


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("SmoothL1Loss", {"beta": 0.25}, np.where(abs(P - T) < 0.25, (P - T) ** 2 / 0.5,
                                                  abs(P - T) - 0.125).mean()),
        ("mean_pinball_loss", {"alpha": 0.9}, np.maximum(0.9 * (T - P), 0.1 * (P - T)).mean()),
        ("reg:quantileerror", {"quantile_alpha": 0.9},
         np.maximum(0.9 * (T - P), 0.1 * (P - T)).mean()),
        ("lightgbm.quantile", {}, np.maximum(0.9 * (T - P), 0.1 * (P - T)).mean()),
        ("BinaryCrossentropy", {}, PAIRS.mean()),
        ("BinaryCrossentropy", {"from_logits": True}, SOFTPLUS.mean()),
        ("BinaryCrossentropy", {"from_logits": False, "label_smoothing": 0.2},
         -((0.8 * T + 0.1) * np.log(P) + (0.9 - 0.8 * T) * np.log(1.0 - P)).mean()),
        ("BinaryCrossentropy", {"reduction": "sum_over_batch_size"}, PAIRS.mean()),
        ("MSELoss", {"reduction": "sum"}, ((P - T) ** 2).sum()),
        ("mse_loss", {"reduction": "elementwise_mean"}, ((P - T) ** 2).mean()),
        ("BCEWithLogitsLoss", {"pos_weight": 3.0},
         (3.0 * T * np.log1p(np.exp(-P)) + (1.0 - T) * np.log1p(np.exp(P))).mean()),
        ("lightgbm.huber", {"alpha": 0.25}, np.where(abs(P - T) < 0.25, (P - T) ** 2 / 2,
                                                     0.25 * (abs(P - T) - 0.125)).mean()),
        ("fair", {}, (abs(P - T) - np.log1p(abs(P - T))).mean()),
        ("epsilon_insensitive", {}, np.maximum(abs(P - T) - 0.1, 0.0).mean()),
    ],
)  # fmt: skip
def test_parameters_by_their_names(name: str, given: dict[str, Any], expected: float) -> None:
    assert lossctl.compute(name, P, T, **given).value == pytest.approx(expected, rel=1e-12)
    text = ",".join(f"{key}={str(value).lower()}" for key, value in given.items())
    spec = f"{name}:{text}" if text else name
    assert lossctl.compute(spec, P, T).value == pytest.approx(expected, rel=1e-12)
    (several,) = lossctl.evaluate([(name, given)], P, T)
    assert several.value == pytest.approx(expected, rel=1e-12)
    document = {"version": 1, "data": {"p": P, "t": T}, "supervised": [
        {"loss": name, "params": given, "predictions": "p", "targets": "t"}]}  # fmt: skip
    (answer,) = lossctl.run(document)
    (component,) = answer.components
    assert component.raw == pytest.approx(expected, rel=1e-12)
    assert any(" is " in note for note in component.notes)


def test_data_by_their_names() -> None:
    mine = lossctl.compute("mse", P, T, weights=W)
    theirs = lossctl.compute("squared_error", y_true=T, y_pred=P, sample_weight=W)
    assert theirs.value == mine.value
    assert theirs.signature == mine.signature


def test_weights_divide_as_in_the_library() -> None:
    weighted = lossctl.compute("BCELoss", P, T, weight=W).value
    assert weighted == pytest.approx((W * PAIRS).sum() / 4, rel=1e-12)
    assert lossctl.compute("L1Loss", P, T, weights=W).value == pytest.approx(
        (W * abs(P - T)).sum() / W.sum(), rel=1e-12
    )
    keras = lossctl.compute("MeanAbsoluteError", P, T, weights=W)
    assert keras.value == pytest.approx((W * abs(P - T)).sum() / 4, rel=1e-12)
    by_weight = lossctl.compute(
        "MeanAbsoluteError", P, T, weights=W, reduction="mean_with_sample_weight"
    )
    assert by_weight.value == pytest.approx((W * abs(P - T)).sum() / W.sum(), rel=1e-12)


def test_what_is_said_comes_before_what_the_name_sets() -> None:
    result = lossctl.compute("BCEWithLogitsLoss", P, T, input="probabilities")
    assert result.value == pytest.approx(PAIRS.mean(), rel=1e-12)
    own = lossctl.compute("BCELoss", P, T, weights=W, reduction="sum").value
    assert own == pytest.approx((W * PAIRS).sum(), rel=1e-12)


def test_the_answer_is_in_our_words() -> None:
    result = lossctl.compute("BCEWithLogitsLoss", P - 0.5, T)
    ours = lossctl.compute("bce_with_logits", P - 0.5, T, input="logits")
    assert (result.loss, result.value, result.signature) == (ours.loss, ours.value, ours.signature)
    assert result.notes[0].startswith("BCEWithLogitsLoss (PyTorch) is bce_with_logits with input")
    slopes = lossctl.gradient("BCEWithLogitsLoss", P, T)["predictions"]
    np.testing.assert_allclose(slopes, (1.0 / (1.0 + np.exp(-P)) - T) / 4, rtol=1e-12)
    assert lossctl.losses.SmoothL1Loss(P, T, beta=0.25) == pytest.approx(
        lossctl.compute("smooth_l1", P, T, beta=0.25).value
    )
    assert lossctl.losses.BCEWithLogitsLoss(P, T) == pytest.approx(SOFTPLUS.mean())


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("KLDivLoss", {"log_target": "maybe"}, "log_target=maybe has no counterpart"),
        ("MSELoss", {"reduction": "median"}, "reduction=median has no counterpart"),
        ("monai.losses.DiceLoss", {"smooth_nr": 0.0, "smooth_dr": 1e-5}, "given twice"),
        ("mean_pinball_loss", {"alpha": 2.0}, "q must lie in"),
        ("SmoothL1Loss:beta=1", {"beta": 2.0}, "beta is given twice"),
        ("HuberLoss", {"delt": 2.0}, "has no parameter.*did you mean delta"),
    ],
)
def test_parameters_without_counterpart(name: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        lossctl.compute(name, P, T, **given)


def test_the_page_says_how_the_name_maps() -> None:
    assert "BCEWithLogitsLoss (PyTorch) is bce_with_logits" in str(
        lossctl.show("BCEWithLogitsLoss")
    )
    assert lossctl.show("BCELoss").to_dict()["called"].startswith("BCELoss (PyTorch) is bce:")
    assert "called" not in lossctl.show("bce").to_dict()


def in_shell(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    np.save(folder / "p.npy", P)
    np.save(folder / "t.npy", T)
    return subprocess.run(
        [sys.executable, "-m", "lossctl", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_shell(tmp_path: Path) -> None:
    done = in_shell("compute", "p.npy", "t.npy", "-l", "BCELoss", "-f", "json", folder=tmp_path)
    (result,) = json.loads(done.stdout)["results"]
    assert result["loss"] == "bce"
    assert result["value"] == pytest.approx(PAIRS.mean(), rel=1e-12)
    assert result["notes"][0].startswith("BCELoss (PyTorch) is bce")
    done = in_shell("compute", "p.npy", "t.npy", "-l", "reg:squarederror", "--value-only",
                    "--fail-over", "MSELoss=0.01", folder=tmp_path)  # fmt: skip
    assert done.returncode == 1
    assert float(done.stdout) == pytest.approx(((P - T) ** 2).mean())
    done = in_shell("compute", "p.npy", "t.npy", "-l", "pinball_loss:alpha=0.9", "--value-only",
                    "--per-item", "items.npy", "--gradient", "g.npy", folder=tmp_path)  # fmt: skip
    assert float(done.stdout) == pytest.approx(np.maximum(0.9 * (T - P), 0.1 * (P - T)).mean())
    np.testing.assert_allclose(
        np.load(tmp_path / "items.npy"), np.maximum(0.9 * (T - P), 0.1 * (P - T)), rtol=1e-12
    )
    done = in_shell("compute", "p.npy", "t.npy", "-l", "F1", folder=tmp_path)
    assert done.returncode == 2
    command = re.search("`lossctl (recommend --metric f1[^`]*)`", done.stderr)
    assert command is not None
    assert in_shell(*command[1].split(), folder=tmp_path).returncode == 0


def test_a_formula_takes_our_names_only() -> None:
    """Half of mse is what optax calls l2_loss, so it must not stand for it."""
    with pytest.raises(UsageError, match="l2_loss"):
        lossctl.compute("custom", P, T, formula="l2_loss(p, t)")


def test_names_complete_where_ours_do_not() -> None:
    assert _of_libraries("BCEW") == ["BCEWithLogitsLoss"]
    assert "reg:squarederror" in _of_libraries("reg:sq")


def test_the_table_names_what_there_is() -> None:
    """Every loss, parameter, option and input that the table names exists."""
    for every in framework_names._table().values():
        for meaning in every:
            loss = get(meaning.loss)
            params = {param.name for each in (loss, *loss.variants) for param in each.params}
            for name in meaning.presets:
                assert name in params or name in OPTIONS, (meaning.name, name)
            preset = meaning.preset(loss, meaning.presets)
            for param in loss.params:
                if param.name in preset.params:
                    param.accept(loss.id, preset.params[param.name])
            for name, value in preset.options.items():
                OPTIONS[name].accept(value)
            assert len(preset.note) < 220, preset.note
    others = framework_names._others("absent")
    assert set(others.values()) <= set(CATALOGUE)
    assert not {framework_names._key(name) for name in names()} & set(others)


def test_no_name_of_ours_is_lost() -> None:
    assert all(resolve(name) == loss for name, loss in names().items())


@pytest.mark.parametrize("name", ["crossentropy", "CrossEntropy", "cosinesimilarity", "LogCosh"])
def test_a_name_that_is_ours_but_for_its_marks_sets_nothing(name: str) -> None:
    """Nobody says whose it is, so nothing is read otherwise than under the name itself."""
    loss = {"c": "cross_entropy", "l": "log_cosh"}[name[0].lower()]
    loss = "cosine_similarity" if "cosine" in name else loss
    assert resolve(name) == loss
    if loss == "cross_entropy":
        rows = np.array([[0.2, 0.8], [0.7, 0.3]])
        found = lossctl.compute(name, rows, [1, 0])
        assert found.value == pytest.approx(-np.log([0.8, 0.7]).mean(), rel=1e-12)


ROW = re.compile(r"(?m)^\| (`[^|]*) \| (`[^|]*) \|")
DOCUMENT = Path(__file__).parents[2] / "docs" / "coming-from.md"


def test_the_tables_of_the_document_are_right() -> None:
    """Each name of a row stands for the loss beside it; one name of two losses names both."""
    rows = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert len(rows) > 50
    for theirs, ours in rows:
        called = [name.partition("(")[0] for name in re.findall("`([^`]+)`", theirs)]
        losses = re.findall("`([^`]+)`", ours)
        if called == ["log_loss"]:
            continue
        assert [resolve(name) for name in called] == losses, theirs


def test_a_name_sets_parameters_of_the_variant_that_is_read() -> None:
    """Hard triplets of four points by hand: 1 − 2 + ½, 1 − 1 + ½, 1 − 1 + ½ and 1 − 2 + ½."""
    points, labels = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])
    hard = lossctl.compute("TripletHardLoss", points, labels, margin=0.5)
    assert hard.value == pytest.approx(0.25)
    assert "mining=batch_hard" in hard.notes[0]
    above_zero = lossctl.compute("pml.TripletMarginLoss", points, labels, margin=0.5)
    assert above_zero.value == pytest.approx(0.5)  # two of eight triplets
    given = lossctl.compute("TripletHardLoss", points[:1], points[1:2], points[2:3], margin=1.5)
    assert given.value == pytest.approx(0.5)
