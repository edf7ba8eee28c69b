"""Compute, choose and combine loss functions on saved predictions."""

# Written by tools/stubs.py; do not edit.

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from numpy.typing import ArrayLike, NDArray

from lossctl import losses as losses
from lossctl.bound_loss import BoundLoss as BoundLoss
from lossctl.comparison_result import Comparisons as Comparisons
from lossctl.core.errors import DataError as DataError
from lossctl.core.loss import Loss as Loss
from lossctl.core.errors import LossctlError as LossctlError
from lossctl.racing.race_result import Race as Race
from lossctl.recommender.recommendation import Recommendation as Recommendation
from lossctl.core.result import Result as Result
from lossctl.core.errors import UsageError as UsageError
from lossctl.version import __version__ as __version__
from lossctl.calibrating import calibrate as calibrate
from lossctl.forecasts import calibrate_forecast as calibrate_forecast
from lossctl.report.listing import catalogue as catalogue
from lossctl.checking import check as check
from lossctl.comparing import compare as compare
from lossctl.objective.config_files import init as init
from lossctl.gates.judge import judge as judge
from lossctl.loss_specs import load_plugin as load_plugin
from lossctl.losses.own import loss as loss
from lossctl.report.pictures.drawing import plot as plot
from lossctl.racing.race import race as race
from lossctl.array_reading import read as read
from lossctl.objective.run import run as run
from lossctl.report.schema import schema as schema
from lossctl.report.page import show as show

class _Tensor(Protocol):
    def __dlpack__(self, *arguments: Any, **keywords: Any) -> Any: ...

_Data: TypeAlias = ArrayLike | PathLike[str] | _Tensor
_Named: TypeAlias = str | Loss | Callable[..., Any]
_Loss: TypeAlias = _Named | tuple[_Named, Mapping[str, Any]]

def compute(
    loss: _Loss, *inputs: _Data, weights: Any = None, group: Any = None, table: Any = None,
    column: Mapping[str, str | list[str]] | None = None, id: str | None = None,
    header: bool | None = None, delimiter: str | None = None, decimal: str | None = None,
    stdin_format: str | None = None, by: Any = None, bins: Mapping[str, int] | None = None,
    by_class: bool = False, min_size: int | None = None, worst: int = 0, per_item: Any = None,
    per_item_format: str | None = None, gradient_summary: bool = False,
    reduction: Literal['mean', 'sum', 'none'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    average: Literal['micro', 'macro', 'weighted'] | int = 'micro', background: bool = True,
    class_names: Sequence[str] | None = None, positive: Any | None = None,
    batch_size: int | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None, **keywords: Any,
) -> Result:
    """Compute one loss.

    Parameters
    ----------
    loss
        Name, alias or spec (``"huber:delta=0.5"``) of a loss or a recipe, a ``Loss``, or a
        function of arrays (see :func:`lossctl.loss`).
    *inputs
        Predictions and targets, in the order the loss declares: arrays, nested lists, frames and
        series of pandas and polars, tensors, or places to read from. A str or a Path is always a
        place: ``"preds.npy"``, ``"scores.csv::p_*"``, ``"part-*.npy"``, ``"s3://bucket/p.npy"``.
        Any shape the loss reads: elementwise losses take arrays of the same shape; class losses
        (N, C) with (N,), (N, C, H, W) with (N, H, W), (N, T, C) with (N, T), or one-hot and soft
        targets of the predictions' shape. Losses of other inputs (``lossctl.show("triplet")``)
        also take them by name.
    **keywords
        Parameters of the loss (``gamma=2.0``), its inputs by name, options, and:

        weights
            Non-negative weight of each item, or of each entry of the first axes. The mean divides
            by their sum.
        group
            One number per item: items with equal numbers form a group, for losses that compare the
            items of a group (see also ``batch_size``).
        table, column
            A file or a data frame that holds every input, and the columns of each input:
            ``table="t.csv", column={"predictions": "p_*", "targets": "y"}``; a list of names may
            replace the pattern.
        id
            Column by which the rows of several tables are aligned.
        header, delimiter, decimal, stdin_format
            How text is read: whether tables have a header, the delimiter of columns, the decimal
            separator (``decimal=","``), and the format of standard input (the place ``"-"``).
        per_item, per_item_format
            File (.npy, .csv, .jsonl or .parquet) to write the loss of each item to, with its number
            and, with `id`, its id; or a binary stream, in the format that is said, ``"csv"`` if
            none is.
        gradient_summary
            Whether the result has ``.gradients``: norm, greatest entry and its place, shares of
            entries that vanish and of those at the greatest, NaN and infinities, by input.
        cluster, insecure_cluster
            Workers of Dask that read the files: ``"local:2"`` for processes on this machine,
            ``"tcp://127.0.0.1:8786"``, ``"tls://host:8786"``, a scheduler file, or a
            ``distributed.Client``; and whether a scheduler on another machine needs no encryption.

        reduction
            How the losses of items are combined: weighted mean, sum, or none (one value per item).
        mean_by
            What a weighted mean divides by: the sum of the weights, or the number of items, including those of weight 0.
        input
            What the predictions hold; auto decides from the loss and the data, and reports what it found.
        clip_predictions
            Read the predictions as probabilities and clip those outside [0, 1].
        task
            Whether labels are binary, multi-label or multi-class, for losses that take more than one.
        class_axis
            Axis of the predictions that holds classes or labels; inferred from the shapes when not given.
        class_weights
            Weight of each class (negative, positive for binary labels), or a rule that computes them from the targets: balanced, n/(C·n_c), or effective:β, (1−β)/(1−β^n_c), such as effective:0.999. Overlap losses weigh the losses of classes in their mean (average macro).
        ignore_index
            Target label of items to leave out, such as padding; none keeps every item.
        shift
            Compare the scores at each position with the next token (language models): targets are the token ids the model was given.
        nan
            What to do with NaN in the inputs: raise an error, omit those items, or propagate it into the value.
        precision
            auto computes float32 data in float32; double computes everything in float64.
        pooling
            What losses of sums, such as Dice, sum over: the whole batch, or each sample (image, sequence) of the first axis, whose losses are averaged.
        average
            How overlap losses combine classes: micro sums them before the ratio, macro averages their losses, weighted averages by share of the targets; or the index of one class.
        background
            Whether class 0, the background, counts in averages over classes.
        class_names
            Class names in the order of the scores, to read text labels and to name classes in the result.
        positive
            The positive one of two text labels.
        batch_size
            Consecutive items per batch, for losses that compare the items of a batch, or sequences per batch; everything is one batch when not given.
        axes
            Names of the axes of an input, where its shape is ambiguous: predictions="item time class".
        interval
            Whether to give a confidence interval of the value: how far that of the population may lie from that of this sample.
        confidence
            How often intervals hold the value of the population.
        context
            Whether to compute reference values (loss of the best constant prediction, chance level) and digests of the data, which baselines need; always done for files.
        threads
            Worker threads; all cores when not given. Never changes the value.

    Returns
    -------
    Result
        ``.value`` is a float, or an array of item losses for ``reduction="none"``.

    Raises
    ------
    UsageError
        For an unknown loss, parameter, option or file, or a value outside its range.
    DataError
        For inputs whose shapes do not match, or that cannot be evaluated.

    Examples
    --------
    >>> import lossctl
    >>> lossctl.compute("mae", [1.0, 2.0, 3.0], [1.5, 2.5, 3.5]).value
    0.5
    """

def evaluate(
    losses: Sequence[_Loss], *inputs: _Data, metrics: Any = None, weights: Any = None,
    group: Any = None, table: Any = None, column: Mapping[str, str | list[str]] | None = None,
    id: str | None = None, header: bool | None = None, delimiter: str | None = None,
    decimal: str | None = None, stdin_format: str | None = None, by: Any = None,
    bins: Mapping[str, int] | None = None, by_class: bool = False, min_size: int | None = None,
    worst: int = 0, per_item: Any = None, per_item_format: str | None = None,
    gradient_summary: bool = False, reduction: Literal['mean', 'sum', 'none'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    average: Literal['micro', 'macro', 'weighted'] | int = 'micro', background: bool = True,
    class_names: Sequence[str] | None = None, positive: Any | None = None,
    batch_size: int | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None, **keywords: Any,
) -> list[Result]:
    """Compute several losses and recipes, the losses in one pass over the data.

    Parameters
    ----------
    losses
        Names, specs (``"huber:delta=0.5"``), ``Loss`` objects, or pairs of one of these and its
        parameters.
    *inputs, **keywords
        As for :func:`compute`, but for parameters; options apply to every loss.
    metrics
        Metrics beside the losses, as :func:`metric` takes them, or ``"accuracy,f1"``; `losses` may
        then be empty.

    Returns
    -------
    list of Result
        One for each loss, in the same order, then one for each metric.

    Examples
    --------
    >>> results = evaluate(["mse", ("huber", {"delta": 0.5})], [1.0, 2.0], [0.0, 0.0])
    >>> [result.value for result in results]
    [2.5, 0.625]
    """

def metric(
    metric: Any, *inputs: _Data, weights: Any = None, group: Any = None, table: Any = None,
    column: Mapping[str, str | list[str]] | None = None, id: str | None = None,
    header: bool | None = None, delimiter: str | None = None, decimal: str | None = None,
    stdin_format: str | None = None, by: Any = None, bins: Mapping[str, int] | None = None,
    by_class: bool = False, min_size: int | None = None, worst: int = 0, per_item: Any = None,
    per_item_format: str | None = None, gradient_summary: bool = False,
    reduction: Literal['mean', 'sum', 'none'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    average: Literal['micro', 'macro', 'weighted'] | int = 'micro', background: bool = True,
    class_names: Sequence[str] | None = None, positive: Any | None = None,
    batch_size: int | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None, **keywords: Any,
) -> Result:
    """Compute one metric, by scikit-learn's definition.

    Parameters
    ----------
    metric
        Name or spec of a metric (``"f1"``, ``"fbeta:beta=2"``; ``lossctl.catalogue(metrics=True)``
        lists them), scikit-learn's or torchmetrics' name of it, or the name of a loss.
    *inputs, **keywords
        As for :func:`compute`; predictions come first and targets second. Parameters of metrics
        (``average="macro"``, ``threshold=0.3``) are keywords.

    Returns
    -------
    Result
        ``.value``; ``.direction`` says whether ``higher`` or ``lower`` is better.

    Raises
    ------
    UsageError, DataError
        As for :func:`compute`.

    Examples
    --------
    >>> import lossctl
    >>> lossctl.metric("accuracy", [0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0]).value
    0.75
    >>> lossctl.metric("f1", ["cat", "dog", "cat"], ["cat", "dog", "dog"], average="macro").value
    0.6666666666666666
    """

def gradient(
    loss: _Loss, *inputs: _Data, weights: Any = None, group: Any = None, table: Any = None,
    column: Mapping[str, str | list[str]] | None = None, id: str | None = None,
    header: bool | None = None, delimiter: str | None = None, decimal: str | None = None,
    stdin_format: str | None = None, by: Any = None, bins: Mapping[str, int] | None = None,
    by_class: bool = False, min_size: int | None = None, worst: int = 0,
    reduction: Literal['mean', 'sum', 'none'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    average: Literal['micro', 'macro', 'weighted'] | int = 'micro', background: bool = True,
    class_names: Sequence[str] | None = None, positive: Any | None = None,
    batch_size: int | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None, **keywords: Any,
) -> dict[str, NDArray[Any]]:
    """Compute the gradient of one loss with respect to its differentiable inputs.

    Parameters
    ----------
    loss, *inputs, **keywords
        As for :func:`compute`. For ``reduction="none"`` the gradient is that of the sum.

    Returns
    -------
    dict
        One array for each differentiable input, shaped like it.

    Examples
    --------
    >>> gradient("mse", [1.0, 3.0], [0.0, 0.0])["predictions"]
    array([1., 3.])
    """

def value_and_gradient(
    loss: _Loss, *inputs: _Data, weights: Any = None, group: Any = None, table: Any = None,
    column: Mapping[str, str | list[str]] | None = None, id: str | None = None,
    header: bool | None = None, delimiter: str | None = None, decimal: str | None = None,
    stdin_format: str | None = None, by: Any = None, bins: Mapping[str, int] | None = None,
    by_class: bool = False, min_size: int | None = None, worst: int = 0,
    reduction: Literal['mean', 'sum', 'none'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    average: Literal['micro', 'macro', 'weighted'] | int = 'micro', background: bool = True,
    class_names: Sequence[str] | None = None, positive: Any | None = None,
    batch_size: int | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None, **keywords: Any,
) -> tuple[Result, dict[str, NDArray[Any]]]:
    """Compute one loss and its gradient together, reading the data once where that is possible.

    Parameters
    ----------
    loss, *inputs, **keywords
        As for :func:`compute`. For ``reduction="none"`` both are those of the sum.

    Returns
    -------
    tuple
        The result of :func:`compute`, and one array for each differentiable input, shaped like it.

    Examples
    --------
    >>> result, slopes = value_and_gradient("mse", [1.0, 3.0], [0.0, 0.0])
    >>> result.value, slopes["predictions"]
    (5.0, array([1., 3.]))
    """

def bind(
    loss: _Loss, *inputs: _Data, weights: Any = None, group: Any = None, table: Any = None,
    column: Mapping[str, str | list[str]] | None = None, id: str | None = None,
    header: bool | None = None, delimiter: str | None = None, decimal: str | None = None,
    stdin_format: str | None = None, by: Any = None, bins: Mapping[str, int] | None = None,
    by_class: bool = False, min_size: int | None = None, worst: int = 0, per_item: Any = None,
    per_item_format: str | None = None, gradient_summary: bool = False,
    reduction: Literal['mean', 'sum', 'none'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    average: Literal['micro', 'macro', 'weighted'] | int = 'micro', background: bool = True,
    class_names: Sequence[str] | None = None, positive: Any | None = None,
    batch_size: int | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None, **keywords: Any,
) -> 'BoundLoss':
    """Bind a loss to its targets, for a training loop.

    Everything that does not depend on predictions is done once: priors of classes and weights are
    measured, shapes are matched in the first call. How predictions are read never depends on their
    values: a loss that reads logits reads logits, unless ``input="probabilities"`` is given.

    Parameters
    ----------
    loss
        As for :func:`compute`, but no recipe.
    *inputs
        The inputs without a gradient, in declared order: the targets. They are copied.
    **keywords
        As for :func:`compute`: parameters, inputs by name, ``weights``, ``group``, options.

    Returns
    -------
    BoundLoss
        ``value, gradient = f(predictions)``: a float, and an array shaped like the predictions.

    Raises
    ------
    UsageError, DataError
        As for :func:`compute`.

    Examples
    --------
    >>> f = bind("mse", [0.0, 0.0])
    >>> value, slope = f([1.0, 3.0])
    >>> value, slope
    (5.0, array([1., 3.]))
    """

def recommend(
    *, targets: Any = None, predictions: Any = None, groups: Any = None, answers: Any = None,
    no_input: bool = False, decimal: str | None = None, task: str | None = None,
    metric: str | None = None, classes: str | None = None, imbalance: str | None = None,
    difficulty: str | None = None, scheme: str | None = None, outliers: str | None = None,
    goal: str | None = None, quantile: str | float | None = None, support: str | None = None,
    setting: str | None = None, object_size: str | None = None, kind: str | None = None,
    part: str | None = None, objective: str | None = None, supervision: str | None = None,
    model: str | None = None, stage: str | None = None, constraints: str | None = None,
) -> Recommendation:
    """Recommend a loss, as `lossctl recommend` does.

    Parameters
    ----------
    targets, predictions, groups
        Data to measure, arrays or places to read them from (a file, ``FILE::COLUMN``): the
        targets, predictions for them (held out if possible), and a group for each item, which
        folds keep whole. Questions that the data answer can be left out.
    answers
        Answers to start from: a mapping, or a YAML or JSON file of them.
    no_input
        Treat open questions as unknown, once the task is known.
    decimal
        Decimal separator of the numbers in text tables: a point, or ``","``.
    **questions
        Answers by question; ``"unknown"`` answers any.

        task
            What is the task? classification, regression, segmentation, detection, language,
            embedding, generative or preference.
        metric
            How will the model be judged? accuracy, average_precision, smape, iou, recall_at_k,
            pairwise_accuracy, …
        classes
            How many classes? binary, multiclass, ordinal or multilabel.
        imbalance
            How uneven are the classes? balanced, moderate or severe.
        difficulty
            Do easy examples dominate? balanced or easy_dominate.
        scheme
            Does any of these apply? standard, tokens, soft, margin, noisy_labels, soft_targets or
            distillation.
        outliers
            Do the errors have outliers? none, some or many.
        goal
            What should a prediction estimate? mean, median, quantile or robust.
        quantile
            Which quantile? 0.05, 0.1, 0.5, 0.9 or 0.95, or another number between 0 and 1.
        support
            What values can the target take? real, positive, skewed, counts or zero_inflated.
        setting
            Is it one of these? standard, bounding_boxes, forecasting or distribution.
        object_size
            How large are the objects? large, small or tiny.
        kind
            What is segmented? semantic, instance or thin.
        part
            Which part of the detector? both, classes or boxes.
        objective
            What is learned from the text? next_token, masked, seq2seq, tokens, unaligned, rlhf,
            contrastive or distillation.
        supervision
            What do you know about the items? pairs, triplets, classes, positive_pairs,
            scored_pairs, image_text, views, preferences or lists.
        model
            What kind of model is it? linear, network, boosting, other, autoencoder, vae, gan,
            diffusion, image_to_image or style_transfer.
        stage
            Which stage of preference learning? reward_model, policy or direct.
        constraints
            Are there rules or constraints? none, soft, hard or multiple.

    Returns
    -------
    Recommendation
        ``.loss``, ``.params``, ``.options``, ``.command``, ``.to_dict()``, ``.snippet(framework)``,
        ``.write(config)``.

    Raises
    ------
    UsageError
        For an unknown question or answer, or when too little is said.
    DataError
        For data that cannot be read, or cannot belong to the task.

    Examples
    --------
    >>> recommend(task="regression", metric="mae", outliers="some").spec
    'huber:delta=0.5'
    """
