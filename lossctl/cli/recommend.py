"""`lossctl recommend`: which loss, why, and what speaks against it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lossctl.cli.options import one_of

HELP = """Recommend a loss: by questions, by options, or from the data.

\b
  lossctl recommend                              # asks, on a terminal
  lossctl recommend --task classification --classes multiclass --metric balanced_accuracy
  lossctl recommend --targets y.npy --predictions p.npy --metric f1
  lossctl recommend --explain-tree

Every question is an option, and "unknown" answers any of them. Without a metric the answer is that
of the published guides, their dead ends repaired.
"""


def _names(question: str) -> Any:
    def complete(incomplete: str) -> list[str]:
        from lossctl.recommender.tree import load_tree

        answers = [*load_tree().questions[question].answers, "unknown"]
        return [name for name in answers if name.startswith(incomplete)]

    return complete


def _asked(question: str, values: str, text: str) -> Any:
    return typer.Option(metavar=values, help=text, autocompletion=_names(question))


def recommend(
    *,
    task: Annotated[
        str | None,
        _asked(
            "task",
            "TASK",
            "classification, regression, segmentation, detection, language, embedding, "
            "generative or preference.",
        ),
    ] = None,
    metric: Annotated[
        str | None,
        _asked("metric", "NAME", "How the model will be judged: accuracy, f1, rmse, dice, …"),
    ] = None,
    classes: Annotated[
        str | None, _asked("classes", "binary|multiclass|multilabel", "How many classes.")
    ] = None,
    imbalance: Annotated[
        str | None,
        _asked("imbalance", "balanced|moderate|severe", "How uneven the classes are."),
    ] = None,
    difficulty: Annotated[
        str | None,
        _asked("difficulty", "balanced|easy_dominate", "Whether easy examples dominate."),
    ] = None,
    scheme: Annotated[
        str | None,
        _asked(
            "scheme",
            "SCHEME",
            "standard, tokens, soft, margin, noisy_labels, soft_targets or distillation.",
        ),
    ] = None,
    outliers: Annotated[
        str | None, _asked("outliers", "none|some|many", "Outliers among the errors.")
    ] = None,
    goal: Annotated[
        str | None,
        _asked("goal", "mean|median|quantile|robust", "What a prediction shall be."),
    ] = None,
    quantile: Annotated[str | None, _asked("quantile", "Q", "Which quantile, such as 0.9.")] = None,
    support: Annotated[
        str | None,
        _asked(
            "support",
            "SUPPORT",
            "Values of the target: real, positive, skewed, counts or zero_inflated.",
        ),
    ] = None,
    setting: Annotated[
        str | None,
        _asked("setting", "SETTING", "standard, bounding_boxes, forecasting or distribution."),
    ] = None,
    object_size: Annotated[
        str | None, _asked("object_size", "large|small|tiny", "Size of the objects in images.")
    ] = None,
    kind: Annotated[
        str | None, _asked("kind", "semantic|instance|thin", "What is segmented.")
    ] = None,
    part: Annotated[
        str | None, _asked("part", "both|classes|boxes", "Which part of a detector.")
    ] = None,
    objective: Annotated[
        str | None,
        _asked(
            "objective",
            "OBJECTIVE",
            "Language: next_token, masked, seq2seq, tokens, unaligned, rlhf, contrastive or "
            "distillation.",
        ),
    ] = None,
    supervision: Annotated[
        str | None,
        _asked(
            "supervision",
            "KNOWN",
            "Embeddings: pairs, triplets, classes, positive_pairs, scored_pairs, image_text, "
            "views, preferences or lists.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        _asked(
            "model",
            "MODEL",
            "Generative: autoencoder, vae, gan, diffusion, image_to_image or style_transfer.",
        ),
    ] = None,
    stage: Annotated[
        str | None,
        _asked("stage", "reward_model|policy|direct", "Preference learning: which stage."),
    ] = None,
    constraints: Annotated[
        str | None,
        _asked("constraints", "none|soft|hard|multiple", "Rules and constraints beside the loss."),
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML file of answers: question: answer.")
    ] = None,
    targets: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Measure these targets (npy, npz, csv; FILE::COLUMN)."),
    ] = None,
    predictions: Annotated[
        str | None, typer.Option(metavar="FILE", help="Predictions for them, held out if possible.")
    ] = None,
    groups: Annotated[
        str | None, typer.Option(metavar="FILE", help="Group of each item; folds keep them whole.")
    ] = None,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Never ask; what is not said is unknown.")
    ] = False,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Numbered questions and plain lines: for screen readers."),
    ] = False,
    explain_tree: Annotated[
        bool,
        typer.Option("--explain-tree", help="Print the decision tree (with --task, a branch)."),
    ] = False,
    form: Annotated[
        str,
        one_of(
            "table|plain|json|markdown|mermaid",
            "table, plain, json or markdown; mermaid for --explain-tree.",
            "--format",
            "-f",
            metavar="FORMAT",
        ),
    ] = "table",
    snippet: Annotated[
        str | None,
        one_of(
            "pytorch|keras|jax|sklearn|lightgbm",
            "Print code: pytorch, keras, jax, sklearn or lightgbm.",
            metavar="FRAMEWORK",
        ),
    ] = None,
    write: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a configuration for lossctl run.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Let --write overwrite a file that exists.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the answer.")
    ] = None,
) -> None:
    """Recommend a loss: by questions, by options, or from the data."""
    given = {name: value for name, value in locals().items() if name in QUESTIONS and value}
    from lossctl.cli import recommending as steps

    tree = steps.load_tree()
    named = {"targets": targets, "predictions": predictions, "groups": groups}
    data = {name: file for name, file in named.items() if file}
    if explain_tree:
        others = {name: value for name, value in given.items() if name != "task"}
        others |= {**data, "answers": answers, "snippet": snippet, "write": write}
        steps.explain(tree, form, task, output, others)
        return
    wanted = steps.Wanted(form, snippet, write, output, plain=plain, no_input=no_input, force=force)
    wanted.check({**data, **({"answers": str(answers)} if answers else {})})
    said = steps.read_answers(tree, answers, given)
    measured = steps.measure(tree, data, said)
    said = steps.complete(tree, said, measured, wanted, data)
    steps.give(tree, said, measured, wanted, data)


QUESTIONS = frozenset(
    {
        "task", "metric", "classes", "imbalance", "difficulty", "scheme", "outliers", "goal",
        "quantile", "support", "setting", "object_size", "kind", "part", "objective", "supervision",
        "model", "stage", "constraints",
    }
)  # fmt: skip
