"""The questions of `lossctl recommend`: each is declared here once, and nowhere else.

The option of the shell, the keyword of :func:`lossctl.recommend`, the entry of the wizard, the
field of the JSON and the row of the documents are made from an entry of :data:`QUESTIONS`. Which
tasks ask a question, and what follows from its answers, stands in ``tree/``, one file per task.
`lossctl --help` reads this module, so it imports next to nothing.
"""

from collections.abc import Mapping

from lossctl.recommender.question import Question

_DECLARED = (
    Question(
        "task",
        "What is the task?",
        "Each task has its own family of losses and its own further questions.",
        {
            "classification": "one class or several labels per item",
            "regression": "one number per item",
            "segmentation": "one class per pixel",
            "detection": "boxes and their classes",
            "language": "tokens, or unaligned sequences",
            "embedding": "vectors to compare, or items to rank",
            "generative": "images or other data to generate",
            "preference": "pairs of answers with a preferred one",
        },
        skippable=False,
    ),
    Question(
        "metric",
        "How will the model be judged?",
        "The metric is the most important answer: the loss that is best for one metric is often "
        "among the worst for another, and the data only refine the choice.",
        {
            "accuracy": "share of correct classes",
            "balanced_accuracy": "mean recall of the classes",
            "f1": "F1 of the positive class",
            "f1_macro": "F1, averaged over classes",
            "precision": "share of predicted positives that are true",
            "recall": "share of positives that are found",
            "mcc": "Matthews correlation coefficient",
            "top_k_accuracy": "true class among the k highest scores",
            "roc_auc": "ranking, area under the ROC curve",
            "average_precision": "ranking, area under the precision–recall curve",
            "log_loss": "probabilities, negative log-likelihood",
            "brier": "probabilities, squared error",
            "ece": "calibration error",
            "rmse": "root mean squared error",
            "r2": "explained variance",
            "mae": "mean absolute error",
            "medae": "median absolute error",
            "mape": "percentage error",
            "smape": "symmetric percentage error",
            "rmsle": "error of the logarithm",
            "pinball": "quantile loss",
            "poisson_deviance": "deviance of counts",
            "gamma_deviance": "deviance of positive amounts",
            "tweedie_deviance": "deviance with zeros",
            "nll": "likelihood of a forecast",
            "crps": "quality of a forecast distribution",
            "dice": "overlap, Dice or F1 of masks",
            "iou": "overlap, intersection over union",
            "pixel_accuracy": "share of correct pixels",
            "hausdorff": "distance between outlines",
            "cldice": "overlap of centrelines",
            "map": "mean average precision",
            "perplexity": "e to the cross-entropy per token",
            "token_f1": "F1 of labelled spans",
            "bleu": "n-gram overlap",
            "wer": "word or character errors",
            "recall_at_k": "share of relevant items in the first k",
            "ndcg": "ranking by graded relevance",
            "mrr": "reciprocal rank of the first relevant item",
            "verification": "same or different (ROC, EER)",
            "spearman": "rank correlation of scores",
            "psnr": "reconstruction, squared error",
            "ssim": "structural similarity",
            "fid": "Fréchet distance between feature distributions",
            "elbo": "evidence lower bound",
            "pairwise_accuracy": "share of pairs predicted correctly",
            "win_rate": "answers preferred by judges",
        },
        aliases={
            "acc": "accuracy",
            "bacc": "balanced_accuracy",
            "macro_f1": "f1_macro",
            "macro_recall": "balanced_accuracy",
            "auc": "roc_auc",
            "ap": "average_precision",
            "pr_auc": "average_precision",
            "cross_entropy": "log_loss",
            "nll_loss": "log_loss",
            "brier_score": "brier",
            "matthews_corrcoef": "mcc",
            "mse": "rmse",
            "l2": "rmse",
            "l1": "mae",
            "median_ae": "medae",
            "msle": "rmsle",
            "quantile": "pinball",
            "f1_mask": "dice",
            "jaccard": "iou",
            "miou": "iou",
            "hd95": "hausdorff",
            "cer": "wer",
            "eer": "verification",
            "rouge": "bleu",
            "ndcg_at_k": "ndcg",
        },
    ),
    Question(
        "classes",
        "How many classes?",
        "Two classes need one score and a sigmoid, more need a softmax; labels that can be true "
        "together need a sigmoid each.",
        {
            "binary": "two, one score per item",
            "multiclass": "three or more, exactly one is true",
            "ordinal": "three or more in an order, such as grades",
            "multilabel": "several labels can be true at once",
        },
    ),
    Question(
        "imbalance",
        "How uneven are the classes?",
        "Rare classes contribute little to the mean, so the guides weight the classes or use focal "
        "loss. The guides leave 1:10 to 1:100 open; moderate is 1:4 to 1:100 here.",
        {
            "balanced": "rarest to most common class better than 1:4",
            "moderate": "between 1:4 and 1:100",
            "severe": "1:100 or worse",
        },
    ),
    Question(
        "difficulty",
        "Do easy examples dominate?",
        "When nearly all items are easy, the sum of their small losses exceeds that of the few "
        "hard ones; focal loss down-weights easy items.",
        {
            "balanced": "no, easy and hard are mixed",
            "easy_dominate": "yes, nearly all are easy",
        },
    ),
    Question(
        "scheme",
        "Does any of these apply?",
        "Each of them decides the loss, whatever the class balance is.",
        {
            "standard": "none of these",
            "tokens": "one label per token, with padding (NER, tagging)",
            "soft": "less confident predictions are wanted (label smoothing)",
            "margin": "margins, as in an SVM",
            "noisy_labels": "a considerable share of labels is wrong",
            "soft_targets": "targets are distributions",
            "distillation": "scores of a teacher model are available",
        },
    ),
    Question(
        "outliers",
        "Do the errors have outliers?",
        "With squared error a few outliers dominate the fit. Outliers are judged by residuals, not "
        "by targets.",
        {
            "none": "under 1 % of the items",
            "some": "1 to 10 %",
            "many": "10 % or more",
        },
    ),
    Question(
        "goal",
        "What should a prediction estimate?",
        "The loss decides which functional of the target distribution is estimated; they differ "
        "where it is skewed.",
        {
            "mean": "the mean",
            "median": "the median",
            "quantile": "a quantile, such as the 90th percentile",
            "robust": "a typical value, robust to outliers",
        },
    ),
    Question(
        "quantile",
        "Which quantile?",
        "0.9 means that nine targets in ten are below the prediction.",
        {
            "0.05": "low, one in twenty below",
            "0.1": "one in ten below",
            "0.5": "the median",
            "0.9": "nine in ten below",
            "0.95": "high, nineteen in twenty below",
        },
        number=True,
    ),
    Question(
        "support",
        "What values can the target take?",
        "The variance of counts and positive amounts grows with their mean; likelihoods made for "
        "them weight errors accordingly.",
        {
            "real": "any number",
            "positive": "positive, without a long tail",
            "skewed": "positive, with a long right tail (prices, durations)",
            "counts": "counts 0, 1, 2, …",
            "zero_inflated": "never negative, with many exact zeros",
        },
    ),
    Question(
        "setting",
        "Is it one of these?",
        "Boxes, forecasts and predicted distributions have losses of their own.",
        {
            "standard": "none of these",
            "bounding_boxes": "box coordinates of a detector",
            "forecasting": "a time series",
            "distribution": "mean and variance are both predicted",
        },
    ),
    Question(
        "object_size",
        "How large are the objects?",
        "Small objects contribute little to per-pixel losses; overlap losses are relative to the "
        "size of the object.",
        {
            "large": "over 3 % of the image each",
            "small": "0.3 to 3 %",
            "tiny": "under 0.3 %",
        },
    ),
    Question(
        "kind",
        "What is segmented?",
        "Instances need boxes, classes and a mask each; semantic masks need only the masks.",
        {
            "semantic": "one class per pixel",
            "instance": "one mask per object",
            "thin": "thin connected structures such as vessels, roads or wires",
        },
    ),
    Question(
        "part",
        "Which part of the detector?",
        "A detector's loss is a sum; each head can also be evaluated alone.",
        {
            "both": "classes and boxes together",
            "classes": "the class head",
            "boxes": "the box head",
        },
    ),
    Question(
        "objective",
        "What is learned from the text?",
        "Most language objectives are cross-entropy over tokens and differ in which tokens count.",
        {
            "next_token": "the next token (GPT)",
            "masked": "masked tokens (BERT)",
            "seq2seq": "translation, summaries",
            "tokens": "one label per token (NER)",
            "unaligned": "labels without alignment (speech, OCR)",
            "rlhf": "human preferences (RLHF)",
            "contrastive": "embeddings (CLIP, sentences)",
            "distillation": "a smaller model from a larger one",
        },
    ),
    Question(
        "supervision",
        "What do you know about the items?",
        "What is known about the items decides which loss can be used.",
        {
            "pairs": "pairs, similar or dissimilar (Siamese networks)",
            "triplets": "anchor, positive and negative",
            "classes": "one identity or class per item (faces)",
            "positive_pairs": "pairs of matching items (sentences)",
            "scored_pairs": "pairs with a similarity score",
            "image_text": "images with their captions",
            "views": "two views of each item, no labels",
            "preferences": "which of two ranks higher",
            "lists": "graded relevance per query",
        },
    ),
    Question(
        "model",
        "What kind of model is it?",
        "Which loss suits a metric depends on the model: absolute error for a linear model, huber "
        "for a network. Every family of generative models has an objective of its own.",
        {
            "linear": "linear or logistic, with or without a link",
            "network": "a neural network",
            "boosting": "boosted trees",
            "other": "another one",
            "autoencoder": "autoencoder or restoration",
            "vae": "variational autoencoder",
            "gan": "generator and discriminator",
            "diffusion": "diffusion, noise prediction",
            "image_to_image": "image to image (Pix2Pix, CycleGAN)",
            "style_transfer": "style transfer",
        },
    ),
    Question(
        "stage",
        "Which stage of preference learning?",
        "A reward model is fitted to preferences and a policy is then optimized for it, or the "
        "policy is fitted to the preferences directly.",
        {
            "reward_model": "fit a reward model",
            "policy": "optimize a policy for the reward (PPO)",
            "direct": "fit the policy to preferences directly (DPO)",
        },
    ),
    Question(
        "constraints",
        "Are there rules or constraints?",
        "Background knowledge and feasibility are separate terms in addition to the supervised "
        "loss, for every task.",
        {
            "none": "no",
            "soft": "rules that should hold",
            "hard": "limits that must hold",
            "multiple": "both, or several objectives",
        },
        skippable=False,
    ),
)

QUESTIONS: Mapping[str, Question] = {question.id: question for question in _DECLARED}

FRAMEWORKS = ("pytorch", "keras", "jax", "sklearn", "lightgbm")
"""Frameworks there is code for."""
