"""Every path the published guides describe leads to the loss they name."""

from itertools import product

import pytest

from lossctl.losses.catalogue import CATALOGUE, RECIPES
from lossctl.recommender.decision_tree import load_tree
from lossctl.recommender.question import UNKNOWN
from lossctl.recommender.recommendation import advise
from lossctl.recommender.traverse import check_answers, find_leaf, open_questions

# The nine nodes of the selection guide, each leaf by the answers that reach it.
SELECTION_GUIDE = {
    "2 binary": ("classification", {"classes": "binary"}, "bce_with_logits"),
    "2 multi-label": ("classification", {"classes": "multilabel"}, "bce_with_logits"),
    "3 balanced": (
        "classification", {"classes": "multiclass", "imbalance": "balanced"}, "cross_entropy"),
    "3 moderate": (
        "classification", {"classes": "multiclass", "imbalance": "moderate"}, "cross_entropy"),
    "3 severe": ("classification", {"classes": "multiclass", "imbalance": "severe"}, "focal"),
    "4 easy": ("classification", {"classes": "multiclass", "difficulty": "easy_dominate"}, "focal"),
    "4 balanced": (
        "classification", {"classes": "multiclass", "difficulty": "balanced"}, "cross_entropy"),
    "5 none": ("regression", {"outliers": "none"}, "mse"),
    "5 some": ("regression", {"outliers": "some"}, "huber"),
    "5 many": ("regression", {"outliers": "many"}, "huber"),
    "6 mean": ("regression", {"goal": "mean"}, "mse"),
    "6 median": ("regression", {"goal": "median"}, "mae"),
    "6 robust": ("regression", {"goal": "robust"}, "huber"),
    "7 balanced": ("segmentation", {"imbalance": "balanced"}, "cross_entropy"),
    "7 moderate": ("segmentation", {"imbalance": "moderate"}, "dice"),
    "7 severe": ("segmentation", {"imbalance": "severe"}, "tversky"),
    "8 large": ("segmentation", {"object_size": "large"}, "cross_entropy"),
    "8 small": ("segmentation", {"object_size": "small"}, "dice"),
    "8 tiny": ("segmentation", {"object_size": "tiny"}, "tversky"),
}  # fmt: skip

# The quick decision guide of the task guide, by scenario; several losses where it names several.
TASK_GUIDE = {
    "single-label": ("classification", {"classes": "multiclass"}, {"cross_entropy"}),
    "binary": ("classification", {"classes": "binary"}, {"bce_with_logits"}),
    "multi-label": ("classification", {"classes": "multilabel"}, {"bce_with_logits"}),
    "tokens": ("classification", {"classes": "multiclass", "scheme": "tokens"}, {"cross_entropy"}),
    "extreme imbalance": (
        "classification", {"classes": "binary", "imbalance": "severe"}, {"focal"}),
    "softer": ("classification", {"classes": "multiclass", "scheme": "soft"}, {"cross_entropy"}),
    "margin": ("classification", {"classes": "multiclass", "scheme": "margin"}, {"multi_margin"}),
    "standard regression": ("regression", {"setting": "standard"}, {"mse"}),
    "robust": ("regression", {"outliers": "some"}, {"mae", "smooth_l1", "huber"}),
    "boxes": ("regression", {"setting": "bounding_boxes"}, {"smooth_l1", "box_iou"}),
    "forecast": ("regression", {"setting": "forecasting"}, {"mse", "mae", "quantile"}),
    "next token": ("language", {"objective": "next_token"}, {"cross_entropy"}),
    "masked": ("language", {"objective": "masked"}, {"cross_entropy"}),
    "seq2seq": ("language", {"objective": "seq2seq"}, {"cross_entropy"}),
    "RLHF": ("language", {"objective": "rlhf"}, {"bradley_terry", "ppo_clip"}),
    "contrastive": ("language", {"objective": "contrastive"}, {"contrastive", "info_nce"}),
    "detector": ("detection", {"part": "both"}, {"detection"}),
    "semantic": ("segmentation", {"kind": "semantic"}, {"cross_entropy", "dice"}),
    "instance": ("segmentation", {"kind": "instance"}, {"detection"}),
    "imbalanced masks": ("segmentation", {"imbalance": "moderate"}, {"dice", "focal", "tversky"}),
    "VAE": ("generative", {"model": "vae"}, {"vae"}),
    "GAN": ("generative", {"model": "gan"}, {"gan_generator"}),
    "diffusion": ("generative", {"model": "diffusion"}, {"diffusion_noise"}),
    "image to image": ("generative", {"model": "image_to_image"}, {"pix2pix"}),
    "style": ("generative", {"model": "style_transfer"}, {"gram_style", "content"}),
    "faces": ("embedding", {"supervision": "classes"}, {"triplet", "contrastive"}),
    "sentences": (
        "embedding", {"supervision": "positive_pairs"},
        {"multiple_negatives_ranking", "cosine_similarity"}),
    "scored sentences": ("embedding", {"supervision": "scored_pairs"}, {"cosine_similarity"}),
    "Siamese": ("embedding", {"supervision": "pairs"}, {"contrastive"}),
    "reward model": ("preference", {"stage": "reward_model"}, {"bradley_terry"}),
    "PPO": ("preference", {"stage": "policy"}, {"ppo_clip"}),
}  # fmt: skip

# The tables of the reference, the class reference and the crate reference.
TABLES = {
    "reference, segmentation": ("segmentation", {"metric": "dice"}, "dice_cross_entropy"),
    "reference, detection": ("detection", {"part": "both"}, "detection"),
    "reference, CTC": ("language", {"objective": "unaligned"}, "ctc"),
    "reference, hinge": ("classification", {"classes": "binary", "scheme": "margin"}, "hinge"),
    "reference, triplet": ("embedding", {"supervision": "triplets"}, "triplet"),
    "reference, distillation": (
        "classification", {"classes": "multiclass", "scheme": "distillation"}, "distillation"),
    "reference, distributions": (
        "classification", {"classes": "multiclass", "scheme": "soft_targets"}, "kl_divergence"),
    "class reference, reconstruction": ("generative", {"model": "autoencoder"}, "mse"),
    "crate reference, contrastive": ("embedding", {"supervision": "pairs"}, "contrastive"),
}  # fmt: skip


def lead(task: str, answers: dict[str, str]):
    tree = load_tree()
    return find_leaf(tree, check_answers(tree, {"task": task, **answers}))


@pytest.mark.parametrize("name", SELECTION_GUIDE)
def test_selection_guide(name: str) -> None:
    task, answers, loss = SELECTION_GUIDE[name]
    path = lead(task, answers)
    assert path.leaf.loss == path.guide.loss == loss


@pytest.mark.parametrize("name", TASK_GUIDE)
def test_task_guide(name: str) -> None:
    task, answers, losses = TASK_GUIDE[name]
    path = lead(task, answers)
    assert path.leaf.loss in losses
    assert path.guide is path.leaf


@pytest.mark.parametrize("name", TABLES)
def test_tables(name: str) -> None:
    task, answers, loss = TABLES[name]
    assert lead(task, answers).leaf.loss == loss


def test_details_the_guides_give() -> None:
    assert lead("regression", {"outliers": "many"}).leaf.params == {"delta": "$small_delta"}
    moderate = lead("classification", {"classes": "multiclass", "imbalance": "moderate"})
    assert moderate.leaf.options == {"class_weights": "balanced"}
    tiny = lead("segmentation", {"object_size": "tiny"})
    assert tiny.leaf.params == {"alpha": 0.3, "beta": 0.7}
    binary = lead("classification", {"classes": "binary", "imbalance": "moderate"})
    assert binary.leaf.params == {"pos_weight": "balanced"}
    assert lead("language", {"objective": "masked"}).leaf.options == {"ignore_index": -100}


@pytest.mark.parametrize(
    ("constraints", "loss"),
    [("soft", "rule_satisfaction"), ("hard", "constraint_violation"), ("multiple", "logical")],
)
def test_node_nine_is_asked_after_every_task(constraints: str, loss: str) -> None:
    tree = load_tree()
    for task in tree.branches:
        answers = check_answers(tree, {"task": task, "constraints": constraints})
        advice = advise(tree, answers)
        assert advice.extra is not None
        assert advice.extra.loss == loss
        assert advice.to_dict()["recommendation"]["with"][0]["loss"] == loss
        assert open_questions(tree, check_answers(tree, {"task": task}))[-1].id == "constraints"


def test_dead_ends_are_repaired() -> None:
    """The questions of a branch count together, whichever was answered first."""
    multi = {"classes": "multiclass"}
    both = {**multi, "imbalance": "balanced", "difficulty": "easy_dominate"}
    assert lead("classification", both).leaf.loss == "focal"
    assert lead("regression", {"outliers": "some", "goal": "mean"}).leaf.loss == "huber"
    assert lead("regression", {"outliers": "none", "goal": "median"}).leaf.loss == "mae"
    masks = {"imbalance": "balanced", "object_size": "tiny"}
    assert lead("segmentation", masks).leaf.loss == "tversky"


def test_all_paths_end_well() -> None:
    """Walk every combination of answers of every branch: a leaf, with all that is said of it."""
    tree = load_tree()
    known = {*CATALOGUE, *RECIPES}
    reached, count = set(), 0
    for task, branch in tree.branches.items():
        values = [(*branch.allowed[name], UNKNOWN) for name in branch.ask if name != "quantile"]
        names = [name for name in branch.ask if name != "quantile"]
        for chosen in product(*values):
            path = find_leaf(tree, {"task": task, **dict(zip(names, chosen, strict=True))})
            count += 1
            reached |= {path.leaf.id, path.guide.id}
            assert path.leaf.loss in known
            if path.answers.get("metric") == UNKNOWN and task != "regression":
                assert path.leaf is path.guide
    extra = {addition.leaf for addition in tree.constraints.values()}
    by_data = {other for leaf in tree.leaves.values() for other in (leaf.after, leaf.otherwise)}
    assert reached | extra | (by_data - {""}) == set(tree.leaves)
    assert count > 10_000


def test_every_leaf_says_everything() -> None:
    tree = load_tree()
    for leaf in tree.leaves.values():
        assert len(leaf.because) > 20, leaf.id
        assert leaf.source, leaf.id
        assert leaf.evidence in {"theorem", "benchmark", "guide"}
        assert leaf.against, leaf.id
        assert leaf.alternatives, leaf.id
        assert set(tree.tuning_of(leaf.loss)) == {"learning_rate", "batch_size", "optimizer"}


def test_focal_advice_does_not_invert_alpha() -> None:
    """0.25 weighs the positives less; the guides' "0.25 for 1:3" reads as the contrary."""
    against = " ".join(load_tree().leaves["focal_severe"].against)
    assert "less weight, not more" in against


METRICS = [
    ("classification",
     {"classes": "multiclass", "imbalance": "severe", "metric": "balanced_accuracy"},
     "logit_adjusted_cross_entropy"),
    ("classification", {"classes": "multiclass", "imbalance": "severe", "metric": "log_loss"},
     "cross_entropy"),
    ("classification", {"classes": "binary", "imbalance": "severe", "metric": "f1"},
     "bce_with_logits"),
    ("classification", {"classes": "binary", "imbalance": "severe", "metric": "auc"},
     "bce_with_logits"),
    ("regression", {"metric": "pinball", "quantile": "0.9"}, "quantile"),
    ("regression", {"metric": "mae"}, "huber"),
    ("regression", {"metric": "mae", "model": "linear"}, "mae"),
    ("regression", {"metric": "mae", "model": "network"}, "huber"),
    ("regression", {"metric": "rmse", "model": "network"}, "log_cosh"),
    ("regression", {"metric": "rmse", "model": "network", "support": "zero_inflated"}, "mse"),
    ("regression", {"metric": "rmse", "model": "linear", "outliers": "many"}, "mse"),
    ("classification", {"classes": "multiclass", "metric": "f1_macro"}, "cross_entropy"),
    ("classification",
     {"classes": "multiclass", "metric": "balanced_accuracy", "imbalance": "balanced"},
     "logit_adjusted_cross_entropy"),
    ("classification",
     {"classes": "multiclass", "metric": "balanced_accuracy", "model": "boosting"},
     "logit_adjusted_cross_entropy"),
    ("regression", {"metric": "rmse", "support": "counts"}, "mse"),
    ("regression", {"metric": "rmse", "outliers": "many"}, "mse"),
    ("regression", {"metric": "mape", "support": "skewed"}, "mape"),
    ("regression", {"metric": "smape", "support": "skewed"}, "msle"),
    ("regression", {"metric": "mape", "support": "counts"}, "mae"),
    ("regression", {"metric": "poisson_deviance"}, "poisson_nll"),
    ("regression", {"metric": "gamma_deviance"}, "gamma_deviance"),
    ("segmentation", {"metric": "iou", "imbalance": "severe"}, "dice_cross_entropy"),
    ("detection", {"part": "boxes", "metric": "map"}, "giou"),
    ("embedding", {"supervision": "lists", "metric": "ndcg"}, "lambda_rank"),
]  # fmt: skip


@pytest.mark.parametrize(("task", "answers", "loss"), METRICS)
def test_the_metric_decides(task: str, answers: dict[str, str], loss: str) -> None:
    assert lead(task, answers).leaf.loss == loss
