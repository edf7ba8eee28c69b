"""What a loss is: a frozen declaration plus four pure functions on blocks of arrays.

A block holds whole items along its leading axis, and every input has the shape (n, …) with the axes
that it declares. Functions of labels say which reading of the axes they take: an ``item`` is one
element, and a block (n,), or (n, L) where labels have columns of their own; an ``item class`` is
one row of class scores: predictions are (n, C), targets an index (n,) or a distribution (n, C).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, ClassVar, Literal, TypeAlias

from numpy.typing import NDArray

from lossctl.core.domain import Interval, Param, defaults_of
from lossctl.core.lazy import OLD_AXES, lazy, record, with_old_names

Array: TypeAlias = NDArray[Any]
Statistics: TypeAlias = Mapping[str, Any]
GroupKind: TypeAlias = Literal["set", "grid", "batch", "lists"]
FormAxes: TypeAlias = Literal["item", "item class", "any"]
Context: TypeAlias = Literal["log", "tokens", "variance", "mean", "moments", "convex"]

LABEL_KINDS = ("label", "sign")  # sign: -1 and +1, or 0 and 1 mapped to them
WHOLE_KINDS = ("class", "length", "token")  # whole numbers: identities, counts, symbols


@record(frozen=True)
class Input:
    """One array a loss reads.

    Attributes
    ----------
    name
        Its name in Python, YAML and messages.
    axes
        Its shape in words: ``item``, ``item class``, ``item [class]``. Of a record: ``item`` (the
        axes all inputs share) and a word for each axis of its own; equal words are equally long, a
        number is that length, ``…`` is any axes, and alternatives stand on either side of ``|``.
    kind
        What it holds: value, probability, logit, label, truth value, … Of a record also ``class``
        (whole numbers that name something), ``length`` and ``token``.
    help
        One line for pages.
    domain
        Values allowed; None for any finite number.
    expected
        Values usually seen; others are allowed and get a note.
    default
        The constant used when the input is not given; None when it must be given.
    differentiable
        Whether the loss has a gradient with respect to it.
    optional
        Whether the functions take None for it when it is not given.
    sets_width
        Whether integers in it make the loss compute in float64; by default all but labels, whole
        numbers, and signs with axes in words.
    """

    name: str
    axes: str
    kind: str
    help: str
    domain: Interval | None = None
    expected: Interval | None = None
    default: float | None = None
    differentiable: bool = False
    optional: bool = False
    sets_width: bool | None = None
    clipped_by: str = ""  # a parameter that, above 0, lets the low end into the domain
    unbounded_by: tuple[str, Any] | None = None  # a parameter and its value that allow any number

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is None and not self.optional

    def domain_with(self, params: Mapping[str, Any]) -> Interval | None:
        """Return the values allowed with these parameters."""
        if self.unbounded_by is not None and params[self.unbounded_by[0]] == self.unbounded_by[1]:
            return None
        clips = self.domain is not None and self.clipped_by and params[self.clipped_by]
        return replace(self.domain, closed="left") if self.domain and clips else self.domain


@with_old_names(lambda: (PerItem, Pooled, Grouped))
@record(frozen=True)
class Form:
    """The functions of a loss for one reading of its axes and one kind of predictions.

    Attributes
    ----------
    axes
        ``item``, ``item class``, or ``any``: the axes that the inputs declare, whichever those are.
    terms
        ``terms(*arrays, **params) -> {statistic: per-item array or constant}``.
    vjp
        ``vjp(*arrays, slopes, **params) -> {input: gradient}``: carries ∂loss/∂statistic
        (numbers, or arrays that broadcast against the terms) back to the inputs.
    order
        How short rows of classes are laid out: by ``class``, which is best for a maximum in every
        row, or as they lie in ``memory``, for functions that look for none but of one-hot targets;
        ``as_is`` for those that never do (see ``kernels.numeric.rows``).
    totals
        ``totals(*arrays, **params)``, the sum of each statistic over items that weigh 1, to the
        last bit, without storing those; None where it knows no better than to sum ``terms``.
    has_slopes
        Whether they are sums of a mean's losses alone, made by a total (``total_of``) that has the
        slope of each loss with respect to its prediction.
    """

    axes: FormAxes
    kind: str
    terms: Callable[..., Statistics]
    vjp: Callable[..., Mapping[str, Array]]
    order: Literal["class", "memory", "as_is"] = "class"
    totals: Callable[..., Mapping[str, float] | None] | None = None
    has_slopes: bool = False


@record(frozen=True)
class PerItem:
    """The loss is the weighted mean (or sum) of the losses of items."""


@record(frozen=True)
class Pooled:
    """The loss is a function of sums over items; `joint`: of all classes at once (last axis).

    Items of `sequences` are tokens: the sums are over all, or over each sequence or batch of them.
    """

    joint: bool = False
    sequences: bool = False


@record(frozen=True)
class Grouped:
    """The loss is a mean over groups of items that belong together.

    Attributes
    ----------
    kind
        A ``set`` of items in any order (the batch, or each sample); a ``grid`` of the last `axes`
        axes (each image); a ``batch`` whose items are each other's context, one group a block; or
        ``lists``, many whole groups a block (`terms` takes their bounds as ``groups``).
    per_group
        Whether `terms` give one loss per group rather than one per item.
    axes
        How many axes a grid has.
    """

    kind: GroupKind
    per_group: bool = True
    axes: int = 2


Reduction: TypeAlias = PerItem | Pooled | Grouped


@record(frozen=True)
class Reference:
    """Where a definition comes from: authors and title, and an arXiv id, DOI or address."""

    text: str
    link: str


@record(frozen=True)
class Example:
    """A worked example whose value was computed by hand; `others` are further inputs by name."""

    predictions: Any
    targets: Any
    value: float
    params: Mapping[str, Any]
    working: str
    others: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, value: float, working: str, params: Mapping[str, Any] | None = None, **inputs: Any
    ) -> "Example":
        """Write an example of a loss whose inputs have names of their own."""
        return cls(None, None, value, params or {}, working, inputs)

    def arrays(self, inputs: Sequence[Input]) -> list[Any]:
        """Return the inputs in declared order, without those left at their default."""
        arrays = {"predictions": self.predictions, "targets": self.targets, **self.others}
        return [arrays[e.name] for e in inputs if arrays.get(e.name) is not None]


@record(frozen=True)
class Curve:
    """What to draw: the axis in words, its ends, and the inputs (and kind) at a point on it.

    Inputs are a tuple in declared order, or a mapping by name.
    """

    label: str
    low: float
    high: float
    inputs: Callable[[float], Any]
    kind: str = "auto"


@record(frozen=True)
class Page:
    """What a reader learns about a loss; the page, the docs and the help are made from it.

    Attributes
    ----------
    summary
        Its formula in words or symbols, with its textbook name; `list` prints it on one line.
    also_called
        Textbook names that are neither id, alias nor title; `list --search` finds the loss by them.
    """

    summary: str
    formula: str
    use_when: Sequence[str]
    avoid_when: Sequence[str]
    expected: Mapping[str, str]
    references: Sequence[Reference]
    examples: Sequence[Example]
    curve: Curve
    notes: Sequence[str] = ()
    kinks: str = "none"
    is_brief: bool = False  # made from a function: a summary and a formula, all that laws ask
    also_called: Sequence[str] = ()


def mean_of(*, loss: Any, weight: Any, **_: Any) -> Any:
    """Finish of a loss that is a weighted mean of item losses."""
    return loss / weight


def slope_of_mean(*, weight: Any, **_: Any) -> Mapping[str, Any]:
    """Slope of :func:`mean_of` with respect to the summed item losses."""
    return {"loss": 1.0 / weight}


def no_notes(*_: Any, **__: Any) -> Sequence[Any]:
    """Say nothing about the totals, or the arrays."""
    return ()


def _present(axes: str) -> str:
    """Return a reading of the axes by its present name."""
    if axes not in OLD_AXES:
        return axes
    from lossctl.core.old_names import present  # noqa: PLC0415 - old plugins only

    return present(axes)


@with_old_names(lambda: (PerItem, Pooled, Grouped))
@record(frozen=True)
class Loss:
    """One loss: declaration, functions and page.

    Attributes
    ----------
    tasks
        What it is used for: regression, binary, multilabel, multiclass, segmentation, logic.
    forms
        Its functions, one :class:`Form` for each reading of its axes and kind of predictions. The
        first form's kind is the one the loss declares.
    finish, finish_slope
        Summed statistics → the loss, and its slope with respect to each statistic. Both work on
        numbers and on arrays (one entry for each sample or class).
    reduction
        How the value is made of items: per item, pooled, or grouped.
    left_out
        What becomes of items that do not count, by their label, weight or a NaN: they are given
        harmless values and weight 0 (``fill``), so that arrays keep their places, or are taken out
        (``drop``). By default losses of any axes and of sets, which look at several items, drop.
    least_rows
        Items a block holds at least, however long their own axes are; by default 1 with any axes,
        which may be large, and else 4.
    hard_masks
        True when predictions may be labels: hard 0/1 masks, evaluated as probabilities.
    packs
        Inputs that may also come stacked in one array: (…, 3, D) for three of (…, D).
    variants
        The same loss of other inputs: other declarations with this id, told apart by their inputs.
    is_variant
        Set on the variant that was taken, so that the result says what was read.
    faults
        What is wrong beyond domains: ``faults(*arrays, **params)`` gives the input, the mask of
        items (n,) and a message in which ``{where}`` stands for the place.
    sample
        Inputs that constrain each other, for the laws: ``sample(generator, items, params)``.
    counts
        Statistics that count items whatever their weight.
    item_weights
        Whether items of a list may weigh anything: its functions take their ``weights``, above 0.
    strict
        True when values in [0, 1] that are no distribution leave the kind open: an error.
    context
        What its mean is to be compared with. ``log`` losses, linear in soft targets, with constant
        predictions of the classes; ``tokens`` with their other means; ``variance`` with that of
        the targets; the others with the best constant prediction: the ``mean`` of the targets (or
        what `best_constant` makes of it), for losses that are linear in the target but for a
        function of it alone; mean and variance (``moments``); or what a search finds where the
        loss is ``convex``, or has one minimum at least, in the prediction. A function of the
        parameters may decide.
    best_constant
        The prediction that is best where the mean of the targets is known, when that is another;
        of ``moments`` what is given for their variance.
    notes
        Remarks on the totals, such as how many values were clipped.
    slope_note
        How its slope is found where no formula gives it; a note of every gradient.
    higher_is_better
        Whether more is better, as of metrics and scores.
    proper
        Whether true probabilities have the least expected loss (a proper scoring rule), or a
        function of the parameters that says so; None for losses that judge no probabilities.
    divergence
        Whether it is a divergence of the predictions from soft targets, and not symmetric.
    label_weights
        Parameters that weigh positive labels against negative ones, and how: a ``share`` of 1, of
        which negative labels have the rest, or a ``factor``.
    bad_above
        Where bad values begin: a word of the context, or nothing, and a factor of it. Values of a
        cross-entropy above ``("chance", 2.0)`` are, and of a Dice loss above ``("", 0.7)``.
    """

    id: str
    title: str
    tasks: Sequence[str]
    inputs: Sequence[Input]
    forms: Sequence[Form]
    page: Page
    params: Sequence[Param] = ()
    finish: Callable[..., Any] = mean_of
    finish_slope: Callable[..., Mapping[str, Any]] = slope_of_mean
    reduction: Reduction = PerItem()
    left_out: Literal["fill", "drop"] | None = None
    least_rows: int = 0
    hard_masks: bool = False
    packs: Sequence[str] = ()
    variants: Sequence["Loss"] = ()
    is_variant: bool = False
    faults: Callable[..., Sequence[tuple[str, Array, str]]] = no_notes
    sample: Callable[[Any, int, Mapping[str, Any]], Sequence[Array]] | None = None
    counts: Sequence[str] = ()
    item_weights: bool = False
    strict: bool = False
    context: Context | Callable[..., Context | None] | None = None
    best_constant: Callable[..., float] | None = None
    notes: Callable[..., Sequence[str]] = no_notes
    slope_note: str = ""
    higher_is_better: bool = False
    proper: bool | Callable[..., bool] | None = None
    divergence: bool = False
    label_weights: Mapping[str, Literal["share", "factor"]] = field(default_factory=dict)
    bad_above: tuple[str, float] | None = None

    is_metric: ClassVar[bool] = False  # of core.metric.Metric it is true

    def __post_init__(self) -> None:
        """Work out the defaults that depend on the axes and the reduction."""
        if self.left_out is None:
            drops = self.in_words or self.grouped == "set"
            object.__setattr__(self, "left_out", "drop" if drops else "fill")
        if not self.least_rows:
            object.__setattr__(self, "least_rows", 1 if self.in_words else 4)

    @property
    def needs_rows(self) -> bool:
        """Whether its value needs all rows at once rather than sums; only of metrics."""
        return False

    @lazy
    def defaults(self) -> Mapping[str, Any]:
        """The defaults of the parameters that need not be given."""
        return defaults_of(self.params)

    @lazy
    def place_of_targets(self) -> int:
        """Which of its inputs holds the targets: the last, where none has their name."""
        names = [entry.name for entry in self.inputs]
        return names.index("targets") if "targets" in names else len(names) - 1

    @lazy
    def kinds(self) -> tuple[str, ...]:
        """The kinds of predictions it reads, the declared one first."""
        labels = ("labels",) if self.hard_masks else ()
        return (*dict.fromkeys(form.kind for form in self.forms), *labels)

    def kinds_in(self, axes: FormAxes) -> tuple[str, ...]:
        """The kinds of predictions it has functions for in one reading of its axes."""
        kinds = self._kinds_by_axes.get(axes)
        return self._kinds_by_axes.get(_present(axes), ()) if kinds is None else kinds

    @lazy
    def _kinds_by_axes(self) -> Mapping[str, tuple[str, ...]]:
        axes = {form.axes for form in self.forms}
        return {one: tuple(f.kind for f in self.forms if f.axes == one) for one in axes}

    @lazy
    def form_axes(self) -> tuple[FormAxes, ...]:
        """The readings of its axes that it has functions for."""
        return tuple(dict.fromkeys(form.axes for form in self.forms))

    @lazy
    def pooled(self) -> bool:
        """Whether it is a function of sums rather than a mean of item losses."""
        return isinstance(self.reduction, Pooled)

    @lazy
    def joint_classes(self) -> bool:
        """Whether it is a function of the sums of all classes at once."""
        return isinstance(self.reduction, Pooled) and self.reduction.joint

    @lazy
    def of_sequences(self) -> bool:
        """Whether it is a function of sums over tokens, which lie in sequences."""
        return isinstance(self.reduction, Pooled) and self.reduction.sequences

    @lazy
    def grouped(self) -> GroupKind | None:
        """What its groups are, None for a loss without any."""
        return self.reduction.kind if isinstance(self.reduction, Grouped) else None

    @lazy
    def per_group(self) -> bool:
        """Whether it answers one loss per group."""
        return isinstance(self.reduction, Grouped) and self.reduction.per_group

    @lazy
    def predicted(self) -> frozenset[str]:
        """The inputs that predictions are: those with a gradient, but for targets."""
        return frozenset(e.name for e in self.inputs if e.differentiable) - {"targets"}

    @lazy
    def in_words(self) -> bool:
        """Whether shapes are matched by the words of the axes alone, with no reading of labels."""
        return self.forms[0].axes == "any"

    @lazy
    def has_classes(self) -> bool:
        """Whether its targets are labels: then class weights and a reading of them make sense."""
        return not self.in_words and any(entry.kind in LABEL_KINDS for entry in self.inputs)

    @lazy
    def takes_anything(self) -> bool:
        """Whether any finite numbers will do, so that no input need be checked."""
        plain = not self.has_classes and not self.in_words and self.faults is no_notes
        return plain and all(e.domain is None and e.expected is None for e in self.inputs)

    @lazy
    def nan_shows(self) -> bool:
        """Whether a NaN in the inputs makes the sum NaN, so that none need be sought before."""
        return self.left_out == "fill" and not self.has_classes

    def is_proper(self, params: Mapping[str, Any]) -> bool | None:
        """Return whether true probabilities are best with these parameters; None where unknown."""
        return self.proper(**params) if callable(self.proper) else self.proper

    def form(self, axes: FormAxes, kind: str) -> Form:
        """Return the functions for a reading of the axes and a kind of predictions."""
        present = _present(axes)
        for form in self.forms:
            if form.axes == present and form.kind == kind:
                return form
        raise KeyError((self.id, axes, kind))

    def computed_as(self, kind: str) -> str:
        """Return the kind whose form evaluates `kind`: its own, if the loss has one.

        Normalised log-probabilities are logits too, and hard labels are probabilities of 0 and 1.
        """
        if any(form.kind == kind for form in self.forms):
            return kind
        return {"log_probabilities": "logits", "labels": "probabilities"}.get(kind, kind)
