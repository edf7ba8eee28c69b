"""Losses and recipes the tree names that the catalogue does not hold yet.

Delete this file when they have landed: the check of the tree works without it.
"""

PENDING = frozenset(
    {
        "arcface", "barlow_twins", "box_iou", "bradley_terry", "ciou", "circle", "clip", "content",
        "contrastive", "cosface", "cosine_distance", "cosine_embedding", "cosine_similarity", "ctc",
        "detection", "diffusion_noise", "diou", "dpo", "gan_discriminator", "gan_generator", "giou",
        "gram_style", "hinge_embedding", "info_nce", "kl_standard_normal", "lambda_rank", "listmle",
        "listnet", "logical", "margin_ranking", "multi_similarity", "multiple_negatives_ranking",
        "n_pairs", "nt_xent", "pix2pix", "ppo_clip", "ranknet", "segmentation", "ssim",
        "supervised_contrastive", "total_variation", "triplet", "vae", "vicreg",
    }
)  # fmt: skip
