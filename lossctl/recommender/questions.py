"""The questions of `lossctl recommend`: each is declared here once, and nowhere else.

The option of the shell, the keyword of :func:`lossctl.recommend`, the entry of the wizard, the
field of the JSON and the row of the documents are made from an entry of :data:`QUESTIONS`. Which
tasks ask a question, and what follows from its answers, stands in ``tree/``, one file a task.
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
            "classification": "one class, or several labels, an item",
            "regression": "a number an item",
            "segmentation": "a class a pixel",
            "detection": "boxes and their classes",
            "language": "tokens, or sequences without alignment",
            "embedding": "vectors to be compared, or items to be ranked",
            "generative": "images or other data to be made",
            "preference": "answers that people compared",
        },
        skippable=False,
    ),
    Question(
        "metric",
        "How will the model be judged?",
        "The metric decides more than anything else; choosing by metric came within noise of the "
        "best loss on 62 to 68 % of data sets, the guides' tree on 38 to 40 %.",
        {
            "accuracy": "share of right classes",
            "balanced_accuracy": "mean recall of the classes",
            "f1": "F1 of the positive class",
            "f1_macro": "F1, averaged over classes",
            "precision": "how many alarms are true",
            "recall": "how many positives are found",
            "mcc": "Matthews correlation",
            "top_k_accuracy": "right class among the first k",
            "roc_auc": "ranking, area under ROC",
            "average_precision": "ranking, rare positives",
            "log_loss": "probabilities, log score",
            "brier": "probabilities, squared",
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
            "pixel_accuracy": "share of right pixels",
            "hausdorff": "distance of outlines",
            "cldice": "overlap of centrelines",
            "map": "mean average precision",
            "perplexity": "surprise a token",
            "token_f1": "F1 of labelled spans",
            "bleu": "n-gram overlap",
            "wer": "word or character errors",
            "recall_at_k": "found among the first k",
            "ndcg": "graded ranking",
            "mrr": "rank of the first hit",
            "verification": "same or different (ROC, EER)",
            "spearman": "rank correlation of scores",
            "psnr": "reconstruction, squared error",
            "ssim": "structural similarity",
            "fid": "distance of feature statistics",
            "elbo": "evidence lower bound",
            "pairwise_accuracy": "comparisons predicted right",
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
        "Two classes need one score and a sigmoid, more need a softmax; labels that may hold "
        "together need a sigmoid each.",
        {
            "binary": "two, one score an item",
            "multiclass": "three or more, exactly one holds",
            "multilabel": "several labels may hold at once",
        },
    ),
    Question(
        "imbalance",
        "How uneven are the classes?",
        "Rare classes pull little on the average, so the guides weigh or focus the loss. The "
        "guides leave 1:10 to 1:100 open; here moderate reaches from 1:4 to 1:100.",
        {
            "balanced": "rarest to commonest better than 1:4",
            "moderate": "between 1:4 and 1:100",
            "severe": "1:100 or worse",
        },
    ),
    Question(
        "difficulty",
        "Do easy examples dominate?",
        "When nearly all items are easy, their many small losses outweigh the few that still "
        "teach; focal loss fades them out.",
        {
            "balanced": "no, easy and hard are mixed",
            "easy_dominate": "yes, nearly all are easy",
        },
    ),
    Question(
        "scheme",
        "Does any of these apply?",
        "Each of them changes the loss whatever the balance of the classes is.",
        {
            "standard": "none of these",
            "tokens": "one label a token, with padding (NER, tagging)",
            "soft": "softer predictions are wanted",
            "margin": "margins, as an SVM has",
            "noisy_labels": "a noticeable share of labels is wrong",
            "soft_targets": "targets are distributions",
            "distillation": "a teacher model's scores are at hand",
        },
    ),
    Question(
        "outliers",
        "Do the errors have outliers?",
        "A squared error lets a few wild targets steer the fit. What counts are residuals, not "
        "targets.",
        {
            "none": "under 1 % of the items",
            "some": "1 to 10 %",
            "many": "10 % or more",
        },
    ),
    Question(
        "goal",
        "What shall a prediction be?",
        "A loss decides which functional of the target's distribution is learned, and they differ"
        " where it is skewed.",
        {
            "mean": "the mean",
            "median": "the median",
            "quantile": "a quantile, such as the 90th percentile",
            "robust": "a typical value, whatever outliers do",
        },
    ),
    Question(
        "quantile",
        "Which quantile?",
        "0.9 means that nine targets in ten shall lie below the prediction.",
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
        "Counts and positive amounts spread more where they are larger; likelihoods made for them"
        " weigh errors accordingly.",
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
            "distribution": "mean and spread are both predicted",
        },
    ),
    Question(
        "object_size",
        "How large are the objects?",
        "Per-pixel losses hardly see small objects; overlap losses measure an object against its "
        "own size.",
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
            "semantic": "every pixel gets a class",
            "instance": "every object gets a mask of its own",
            "thin": "vessels, roads or wires, whose connection matters",
        },
    ),
    Question(
        "part",
        "Which part of the detector?",
        "A detector's loss is a sum; each head can also be judged alone.",
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
            "tokens": "a label a token (NER)",
            "unaligned": "labels without alignment (speech, OCR)",
            "rlhf": "human preferences (RLHF)",
            "contrastive": "embeddings (CLIP, sentences)",
            "distillation": "a smaller model from a larger",
        },
    ),
    Question(
        "supervision",
        "What do you know about the items?",
        "What is known about items decides what a loss can compare.",
        {
            "pairs": "pairs, alike or not (Siamese networks)",
            "triplets": "anchor, positive and negative",
            "classes": "an identity or class an item (faces)",
            "positive_pairs": "pairs that belong together (sentences)",
            "scored_pairs": "pairs with a similarity score",
            "image_text": "images with their captions",
            "views": "two views of each item, no labels",
            "preferences": "which of two ranks higher",
            "lists": "graded relevance a query",
        },
    ),
    Question(
        "model",
        "What kind of generative model?",
        "Every family of generative models has its own objective.",
        {
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
        "A reward model is fitted to comparisons; a policy is then moved towards it, or straight "
        "to the comparisons.",
        {
            "reward_model": "fit a reward model",
            "policy": "move a policy towards the reward (PPO)",
            "direct": "policy straight from comparisons (DPO)",
        },
    ),
    Question(
        "constraints",
        "Are there rules or constraints?",
        "Background knowledge and feasibility are terms of their own beside the supervised loss, "
        "whatever the task.",
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
