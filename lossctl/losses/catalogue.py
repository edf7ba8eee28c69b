"""The catalogue: every loss by its id, with the family that holds its file and its other names.

``"huber": Entry("regression")`` means ``HUBER`` in ``lossctl/losses/regression/huber.py``. Nothing
is imported before a loss is asked for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean

if TYPE_CHECKING:
    from lossctl.core.loss import Loss
    from lossctl.losses.framework_names import Meaning, Preset


class Entry(NamedTuple):
    """Where a loss lives and what else it is called."""

    family: str
    aliases: tuple[str, ...] = ()


CATALOGUE: dict[str, Entry] = {
    "mse": Entry("regression", ("l2", "mean_squared_error")),
    "mae": Entry("regression", ("l1", "mean_absolute_error")),
    "huber": Entry("regression"),
    "smooth_l1": Entry("regression"),
    "pseudo_huber": Entry("regression"),
    "log_cosh": Entry("regression", ("logcosh",)),
    "quantile": Entry("regression", ("pinball",)),
    "expectile": Entry("regression", ("asymmetric_least_squares",)),
    "mape": Entry("regression", ("mean_absolute_percentage_error",)),
    "smape": Entry("regression", ("symmetric_mean_absolute_percentage_error",)),
    "msle": Entry("regression", ("mean_squared_log_error", "mean_squared_logarithmic_error")),
    "poisson_nll": Entry("regression"),
    "gaussian_nll": Entry("regression"),
    "student_t_nll": Entry("regression"),
    "poisson_deviance": Entry("regression"),
    "gamma_deviance": Entry("regression"),
    "tweedie_deviance": Entry("regression", ("tweedie",)),
    "cauchy": Entry("regression"),
    "barron": Entry("regression", ("general_robust",)),
    "crps_gaussian": Entry("regression"),
    "crps_quantile": Entry("regression", ("crps_quantiles",)),
    "crps_ensemble": Entry("regression", ("crps_samples",)),
    "interval": Entry("regression", ("interval_score", "winkler")),
    "negative_binomial_nll": Entry("regression", ("negative_binomial", "nb_nll")),
    "zero_inflated_poisson_nll": Entry("regression", ("zip_nll", "zero_inflated_poisson")),
    "charbonnier": Entry("regression"),
    "rmse": Entry("regression", ("root_mean_squared_error",)),
    "wmape": Entry("regression", ("wape", "weighted_mean_absolute_percentage_error")),
    "mase": Entry("regression", ("mean_absolute_scaled_error",)),
    "rmsse": Entry("regression", ("root_mean_squared_scaled_error",)),
    "concordance": Entry("regression", ("ccc_loss", "concordance_loss")),
    "bce": Entry("classification", ("binary_cross_entropy",)),
    "bce_with_logits": Entry("classification"),
    "focal": Entry("classification"),
    "cross_entropy": Entry("classification", ("ce", "categorical_cross_entropy")),
    "hinge": Entry("classification"),
    "squared_hinge": Entry("classification"),
    "soft_margin": Entry("classification", ("logistic",)),
    "exponential": Entry("classification"),
    "brier": Entry("classification", ("brier_score",)),
    "asymmetric": Entry("classification", ("asl",)),
    "poly1": Entry("classification", ("polyloss",)),
    "multilabel_soft_margin": Entry("classification"),
    "multilabel_margin": Entry("classification"),
    "nll": Entry("classification", ("negative_log_likelihood",)),
    "kl_divergence": Entry("classification", ("kl", "kl_div")),
    "js_divergence": Entry("classification", ("js", "jensen_shannon")),
    "multi_margin": Entry("classification"),
    "multiclass_hinge": Entry("classification", ("crammer_singer",)),
    "generalized_cross_entropy": Entry("classification", ("gce",)),
    "symmetric_cross_entropy": Entry("classification", ("sce",)),
    "logit_adjusted_cross_entropy": Entry("classification", ("logit_adjustment",)),
    "ldam": Entry("classification"),
    "distillation": Entry("classification", ("knowledge_distillation",)),
    "coral": Entry("classification"),
    "corn": Entry("classification"),
    "cumulative_logits": Entry("classification", ("ordered_logit", "proportional_odds")),
    "kl_divergence_with_log_targets": Entry("classification", ("kl_log_targets",)),
    "ordinal_emd": Entry("classification", ("rps", "ranked_probability_score")),
    "dice": Entry("segmentation"),
    "tversky": Entry("segmentation"),
    "jaccard": Entry("segmentation", ("iou", "soft_iou")),
    "focal_tversky": Entry("segmentation"),
    "generalized_dice": Entry("segmentation", ("generalised_dice",)),
    "generalized_wasserstein_dice": Entry("segmentation", ("gwdl", "wasserstein_dice")),
    "dice_cross_entropy": Entry("segmentation", ("dice_ce",)),
    "lovasz_hinge": Entry("segmentation"),
    "lovasz_softmax": Entry("segmentation", ("lovasz",)),
    "boundary": Entry("segmentation"),
    "hausdorff": Entry("segmentation", ("hausdorff_dt",)),
    "cldice": Entry("segmentation", ("centreline_dice", "centerline_dice")),
    "triplet": Entry("similarity"),
    "contrastive": Entry("similarity"),
    "cosine_embedding": Entry("similarity"),
    "hinge_embedding": Entry("similarity"),
    "margin_ranking": Entry("similarity"),
    "cosine_similarity": Entry("similarity"),
    "cosine_distance": Entry("similarity", ("cosine",)),
    "info_nce": Entry("similarity", ("infonce",)),
    "nt_xent": Entry("similarity", ("ntxent",)),
    "multiple_negatives_ranking": Entry("similarity", ("mnr",)),
    "clip": Entry("similarity"),
    "supervised_contrastive": Entry("similarity", ("supcon",)),
    "circle": Entry("similarity"),
    "multi_similarity": Entry("similarity"),
    "n_pairs": Entry("similarity", ("npairs",)),
    "arcface": Entry("similarity"),
    "cosface": Entry("similarity"),
    "barlow_twins": Entry("similarity"),
    "vicreg": Entry("similarity"),
    "ranknet": Entry("ranking"),
    "listnet": Entry("ranking", ("ranking_softmax",)),
    "listmle": Entry("ranking", ("plackett_luce",)),
    "lambda_rank": Entry("ranking", ("lambdarank",)),
    "approx_ndcg": Entry("ranking", ("approxndcg",)),
    "pairwise_hinge": Entry("ranking", ("ranksvm",)),
    "pairwise_soft_zero_one": Entry("ranking"),
    "pairwise_mse": Entry("ranking"),
    "pairwise_quantile": Entry("ranking", ("pairwise_qr",)),
    "poly1_softmax": Entry("ranking"),
    "unique_softmax": Entry("ranking"),
    "listnet_top_k": Entry("ranking"),
    "lambda_loss": Entry("ranking", ("ndcg_loss2",)),
    "approx_mrr": Entry("ranking", ("approxmrr",)),
    "ctc": Entry("sequence", ("ctc_loss",)),
    "perplexity": Entry("sequence", ("ppl",)),
    "bits_per_byte": Entry("sequence", ("bpb",)),
    "bradley_terry": Entry("preference", ("reward_model",)),
    "ppo_clip": Entry("preference", ("ppo",)),
    "dpo": Entry("preference"),
    "ipo": Entry("preference"),
    "slic": Entry("preference", ("slic_hf",)),
    "robust_dpo": Entry("preference", ("rdpo",)),
    "kto": Entry("preference"),
    "orpo": Entry("preference"),
    "simpo": Entry("preference"),
    "cpo": Entry("preference"),
    "sppo": Entry("preference", ("sppo_hard",)),
    "nca": Entry("preference", ("nca_pair",)),
    "apo": Entry("preference", ("apo_zero",)),
    "discopop": Entry("preference"),
    "box_iou": Entry("detection", ("iou_loss",)),
    "giou": Entry("detection", ("generalized_iou", "generalized_box_iou")),
    "diou": Entry("detection", ("distance_iou", "distance_box_iou")),
    "ciou": Entry("detection", ("complete_iou", "complete_box_iou")),
    "kl_standard_normal": Entry("generative", ("vae_kl",)),
    "gan_discriminator": Entry("generative"),
    "gan_generator": Entry("generative"),
    "diffusion_noise": Entry("generative", ("noise_prediction",)),
    "content": Entry("generative", ("perceptual",)),
    "gram_style": Entry("generative", ("style",)),
    "total_variation": Entry("generative", ("tv",)),
    "ssim": Entry("generative", ("structural_similarity",)),
    "ms_ssim": Entry("generative", ("msssim", "multiscale_ssim")),
    "rule_satisfaction": Entry("logic"),
    "forall_rule": Entry("logic", ("p_mean_error",)),
    "exists_rule": Entry("logic"),
    "log_product_rule": Entry("logic"),
    "constraint_violation": Entry("logic", ("quadratic_penalty",)),
    "linear_penalty": Entry("logic"),
    "hinge_penalty": Entry("logic"),
    "log_barrier": Entry("logic"),
    "custom": Entry("formula", ("expression",)),
}

FAMILIES: dict[str, str] = {
    "regression": "Errors, deviances and likelihoods of numeric targets",
    "classification": "Labels and classes, from logits, probabilities or scores",
    "segmentation": "Overlap and distance of predicted and true masks",
    "similarity": "Metric learning, contrastive and self-supervised losses of embeddings",
    "ranking": "Learning to rank the items of lists by scores",
    "sequence": "Alignment (CTC) and language models",
    "preference": "Reward models and policies, from preference pairs or advantages",
    "detection": "IoU losses of bounding boxes",
    "generative": "GANs, diffusion models, VAEs and images",
    "logic": "Soft logical rules and constraint penalties",
    "plugin": "Losses from files and installed packages",
    "formula": "A loss given as a formula",
}

PLUGIN = Entry("plugin")

RECIPES = (
    "vae",
    "detection",
    "segmentation",
    "pix2pix",
    "logical",
)  # their files are read when one is asked for


def entry_of(loss_id: str) -> Entry:
    """Return the catalogue entry of a loss; those from elsewhere are of the family plugin."""
    return CATALOGUE.get(loss_id, PLUGIN)


@cache
def names() -> Mapping[str, str]:
    """Return every id and alias of the catalogue, with the id it stands for."""
    ids = {loss_id: loss_id for loss_id in CATALOGUE}
    return ids | {alias: i for i, entry in CATALOGUE.items() for alias in entry.aliases}


def resolve(name: str) -> str:
    """Return the id for an id, an alias or the name of a library; hyphens and case do not matter.

    Raises
    ------
    UsageError
        For a name that is none of these, with the nearest one, or means no one loss.
    """
    found = own_id(name)
    return meaning_of(name).loss if found is None else found


def own_id(name: str) -> str | None:
    """Return the id for an id or an alias of ours; None for another name."""
    wanted = name.strip().lower().replace("-", "_")
    known = names()
    if wanted in known:
        return known[wanted]
    others = _from_elsewhere()
    return next((each for each in (name.strip(), wanted) if each in others), None)


def meaning_of(name: str) -> "Meaning":
    """Return what a name that is none of ours means in the library it is from.

    Raises
    ------
    UsageError
        For a name that no library has, with the nearest one, or that means no one loss.
    """
    from lossctl.losses.framework_names import find, spelled_names  # noqa: PLC0415 - most are ours

    if (meaning := find(name, names())) is not None:
        return meaning
    known = [*spelled_names(), *names(), *_from_elsewhere()]  # of equals the last is shown
    hint = did_you_mean(name.strip(), known) or "; `lossctl list` shows them all"
    raise UsageError(f"unknown loss {name!r}{hint}")


def get(name: str) -> "Loss":
    """Return the loss declared under an id or an alias."""
    loss_id = resolve(name)
    return _load(loss_id) if loss_id in CATALOGUE else _from_elsewhere()[loss_id]


def called(name: str, params: Mapping[str, Any]) -> "tuple[Loss, Mapping[str, Any], Preset | None]":
    """Return the loss of a name, its parameters in our words, and what the name sets beside them.

    The last is None for names of ours. Another library's parameter may be an option here.

    Raises
    ------
    UsageError
        As for :func:`resolve`, and for values of parameters that have no counterpart.
    """
    if own_id(name) is not None:
        return get(name), params, None
    meaning = meaning_of(name)
    loss_id, given, presets = meaning.translated(params)
    loss = get(loss_id)
    return loss, given, meaning.preset(loss, presets)


@cache
def _load(loss_id: str) -> "Loss":
    module = import_module(f"lossctl.losses.{CATALOGUE[loss_id].family}.{loss_id}")
    loss: Loss = getattr(module, loss_id.upper())
    return loss


def _from_elsewhere() -> "Mapping[str, Loss]":
    from lossctl.losses.plugins import from_elsewhere  # noqa: PLC0415 - most losses are shipped

    return from_elsewhere()


def every_loss() -> "Iterator[Loss]":
    """Yield every loss in catalogue order, then those from elsewhere."""
    yield from (_load(loss_id) for loss_id in CATALOGUE)
    yield from _from_elsewhere().values()


def load_plugin(
    path: Path,
    taken: Sequence[str] = (),
    register_others: Callable[[ModuleType], list[str]] | None = None,
) -> list[str]:
    """Run a Python file and register its losses; their ids are not in the catalogue or `taken`."""

    def is_shipped(loss: "Loss") -> bool:
        return loss.id in CATALOGUE and _load(loss.id) is loss

    from lossctl.losses.plugins import load_file  # noqa: PLC0415 - seldom needed

    return load_file(path, frozenset({*names(), *taken}), is_shipped, register_others)


def is_recipe(name: str) -> bool:
    """Whether a name is that of a recipe; hyphens and case do not matter."""
    return recipe_id(name) in RECIPES


def recipe_id(name: str) -> str:
    """Return a name as recipes are spelled."""
    return name.strip().lower().replace("-", "_")
