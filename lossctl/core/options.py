"""The one table of the options every loss shares.

Each field of :class:`Options` declares an option once: its default, domain, help and the losses it
is for. The options of the command line, the ``reading`` of a configuration, the signature of a
result, the docstrings of the Python API and the table in the documents are made from it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

from lossctl.core.domain import Choice, Domain, Flag, Interval, Nullable
from lossctl.core.errors import UsageError
from lossctl.core.lazy import lazy, record
from lossctl.core.option_domains import (
    AxesInWords,
    ChoiceOrIndex,
    ClassWeights,
    Integer,
    Label,
    Names,
)
from lossctl.core.spelling import FLAGS, did_you_mean, listed, option

if TYPE_CHECKING:  # this module is read by `--help`, which does without NumPy
    from lossctl.core.loss import Loss

Kind: TypeAlias = Literal["values", "logits", "probabilities", "log_probabilities", "labels"]
DecidedBy: TypeAlias = Literal["declared", "option", "data"]
Targets: TypeAlias = Literal[
    "values", "labels", "signs", "index", "one_hot", "label_rows", "constant"
]
Status: TypeAlias = Literal["ok", "nonfinite"]
INPUT_KINDS = ("auto", *(kind for kind in get_args(Kind) if kind != "values"))
AVERAGES = ("micro", "macro", "weighted")
INDICES = ("label", "sign", "class")  # kinds of inputs that may hold the index of a class
# kinds of inputs that may hold a label to ignore; the relevance of items in ranked lists too
IGNORABLE = (*INDICES, "relevance")
WHAT, READING, WEIGHTS, OTHER = "What to compute", "Reading", "Weights and groups", "Other"
GROUPS = (WHAT, READING, WEIGHTS, OTHER)  # headings in the help of commands and in the documents
LABELLED = ("label", "sign")  # kinds of inputs that may hold one of two labels


class Option(NamedTuple):
    """One option, as all doors know it.

    Attributes
    ----------
    domain
        What is accepted beside the default; it also decides how the shell's text is read.
    help
        One line, for ``--help``, docstrings, the JSON Schema and the documents.
    meant_for
        The losses it means something to, in words; empty for all.
    takes
        Whether it means something to a loss.
    signed
        Whether it can change a value, and so belongs to the signature of a result.
    in_recipes
        Whether it means something to every part of a recipe.
    flag
        How the shell spells it; empty for what the shell decides itself.
    metavar
        The placeholder of its value in the help.
    group
        Its heading in the help of commands and in the documents.
    """

    name: str
    default: Any
    domain: Domain
    help: str
    meant_for: str = ""
    takes: Callable[["Loss"], bool] = lambda _: True
    signed: bool = True
    in_recipes: bool = False
    flag: str = ""
    metavar: str | None = None
    group: str = READING

    def accept(self, value: Any) -> Any:
        """Return a value in normal form.

        Raises
        ------
        UsageError
            When it lies outside the domain, with the nearest name.
        """
        try:
            return self.domain.accept(value)
        except ValueError as error:
            names = [name for name in self.domain.inside() if isinstance(name, str)]
            hint = did_you_mean(value, names) if isinstance(value, str) else ""
            raise UsageError(f"{option(self.name)} {error}{hint}") from None


def _option(default: Any, domain: Domain, help: str, **more: Any) -> Any:  # noqa: A002
    """Declare a field of :class:`Options`."""
    return field(default=default, metadata={"domain": domain, "help": help, **more})


def _has_classes(loss: "Loss") -> bool:
    return loss.has_classes


def _has_classes_or_index(loss: "Loss") -> bool:
    return loss.has_classes or any(entry.kind in INDICES for entry in loss.inputs)


def _sums_masks(loss: "Loss") -> bool:
    return loss.pooled and loss.has_classes and not (loss.of_sequences or loss.is_metric)


def _weighs_classes(loss: "Loss") -> bool:
    if loss.pooled:
        return _sums_masks(loss) and not loss.joint_classes
    return loss.has_classes and not (loss.grouped or loss.is_metric)


def _reads_tokens(loss: "Loss") -> bool:
    by_row = loss.has_classes and "item class" in loss.form_axes
    return by_row and not loss.grouped and (loss.of_sequences or not loss.pooled)


ON_LABELS: dict[str, Any] = {"meant_for": "losses on labels", "takes": _has_classes}
OF_SUMS: dict[str, Any] = {"meant_for": "losses of sums over masks", "takes": _sums_masks}


@record(frozen=True)
class Options:
    """How inputs are read and the losses of items are combined.

    Raises
    ------
    UsageError
        For a value outside the domain of its option.
    """

    reduction: str = _option(
        "mean",
        Choice(("mean", "sum", "none")),
        "How the losses of items are combined: weighted mean, sum, or none (one value per item).",
        group=WHAT,
    )
    mean_by: str = _option(
        "weights",
        Choice(("weights", "items")),
        "What a weighted mean divides by: the sum of the weights, or the number of items, "
        "including those of weight 0.",
        meant_for="losses that are means over items",
        takes=lambda loss: not (loss.pooled or loss.grouped),
        group=WEIGHTS,
    )
    input: str = _option(
        "auto",
        Choice(INPUT_KINDS),
        "What the predictions hold; auto decides from the loss and the data, and reports what it "
        "found.",
        meant_for="losses on labels",
        takes=lambda loss: loss.has_classes or (loss.in_words and len(loss.forms) > 1),
        metavar="KIND",
    )
    clip_predictions: bool = _option(
        default=False,
        domain=Flag(),
        help="Read the predictions as probabilities and clip those outside [0, 1].",
        flag="--clip",
        meant_for="losses that read probabilities",
        takes=lambda loss: loss.has_classes and "probabilities" in loss.kinds,
    )
    task: str = _option(
        "auto",
        Choice(("auto", "binary", "multilabel", "multiclass")),
        "Whether labels are binary, multi-label or multi-class, for losses that take more than "
        "one.",
        metavar="TASK",
        **ON_LABELS,
    )
    class_axis: int | None = _option(
        None,
        Nullable(Integer()),
        "Axis of the predictions that holds classes or labels; inferred from the shapes when not "
        "given.",
        metavar="AXIS",
        **ON_LABELS,
    )
    class_weights: Sequence[float] | str | None = _option(
        None,
        Nullable(ClassWeights()),
        "Weight of each class (negative, positive for binary labels), or a rule that computes them "
        "from the targets: balanced, n/(C·n_c), or effective:β, (1−β)/(1−β^n_c), such as "
        "effective:0.999. Overlap losses weigh the losses of classes in their mean (average "
        "macro).",
        meant_for="losses on labels",
        takes=_weighs_classes,
        metavar="W,W,…",
        group=WEIGHTS,
    )
    ignore_index: int | None = _option(
        -100,
        Nullable(Integer()),
        "Target label of items to leave out, such as padding; none keeps every item.",
        meant_for="losses with labels or ranked lists",
        takes=lambda loss: any(entry.kind in IGNORABLE for entry in loss.inputs),
        metavar="LABEL",
    )
    shift: bool = _option(
        default=False,
        domain=Flag(),
        help="Compare the scores at each position with the next token (language models): targets "
        "are the token ids the model was given.",
        flag="--shift",
        meant_for="losses of class scores",
        takes=_reads_tokens,
    )
    nan: str = _option(
        "raise",
        Choice(("raise", "omit", "propagate")),
        "What to do with NaN in the inputs: raise an error, omit those items, or propagate it into "
        "the value.",
        in_recipes=True,
    )
    precision: str = _option(
        "auto",
        Choice(("auto", "double")),
        "auto computes float32 data in float32; double computes everything in float64.",
        in_recipes=True,
        group=WHAT,
    )
    pooling: str = _option(
        "batch",
        Choice(("batch", "sample")),
        "What losses of sums, such as Dice, sum over: the whole batch, or each sample (image, "
        "sequence) of the first axis, whose losses are averaged.",
        meant_for="losses of sums over masks or tokens",
        takes=lambda loss: (loss.pooled and not loss.needs_rows) or loss.grouped == "set",
        group=WHAT,
    )
    average: str | int = _option(
        "micro",
        ChoiceOrIndex(Choice(AVERAGES)),
        "How overlap losses combine classes: micro sums them before the ratio, macro averages "
        "their losses, weighted averages by share of the targets; or the index of one class.",
        meant_for="losses of sums over masks",
        takes=lambda loss: _sums_masks(loss) and not loss.joint_classes,
        metavar="micro|macro|weighted|CLASS",
        group=WHAT,
    )
    background: bool = _option(
        default=True,
        domain=Flag(),
        help="Whether class 0, the background, counts in averages over classes.",
        flag="--background/--no-background",
        group=WHAT,
        **OF_SUMS,
    )
    class_names: Sequence[str] | None = _option(
        None,
        Nullable(Names()),
        "Class names in the order of the scores, to read text labels and to name classes in the "
        "result.",
        signed=False,
        meant_for="losses on labels",
        takes=_has_classes_or_index,
        metavar="A,B,…",
    )
    positive: str | None = _option(
        None,
        Nullable(Label()),
        "The positive one of two text labels.",
        meant_for="losses on labels",
        takes=lambda loss: any(entry.kind in LABELLED for entry in loss.inputs),
        metavar="LABEL",
    )
    batch_size: int | None = _option(
        None,
        Nullable(Integer(1)),
        "Consecutive items per batch, for losses that compare the items of a batch, or sequences "
        "per batch; everything is one batch when not given.",
        meant_for="losses of groups or sequences",
        takes=lambda loss: loss.grouped in {"batch", "lists"} or loss.of_sequences,
        metavar="N",
        group=WEIGHTS,
    )
    axes: Mapping[str, str] | None = _option(
        None,
        Nullable(AxesInWords()),
        "Names of the axes of an input, where its shape is ambiguous: "
        'predictions="item time class".',
        meant_for="losses whose inputs have named axes",
        takes=lambda loss: loss.in_words,
        metavar="INPUT=WORDS",
    )
    interval: bool = _option(
        default=False,
        domain=Flag(),
        help="Whether to give a confidence interval of the value: how far that of the population "
        "may lie from that of this sample.",
        signed=False,
        in_recipes=True,
        flag="--interval",
        group=OTHER,
    )
    confidence: float = _option(
        0.95,
        Interval(0.0, 1.0, closed="neither"),
        "How often intervals hold the value of the population.",
        signed=False,
        in_recipes=True,
        metavar="SHARE",
        group=OTHER,
    )
    context: bool = _option(
        default=False,
        domain=Flag(),
        help="Whether to compute reference values (loss of the best constant prediction, chance "
        "level) and digests of the data, which baselines need; always done for files.",
        signed=False,
        in_recipes=True,
        flag="",
        group=OTHER,
    )
    threads: int | None = _option(
        None,
        Nullable(Integer(1)),
        "Worker threads; all cores when not given. Never changes the value.",
        signed=False,
        in_recipes=True,
        metavar="N",
        group=OTHER,
    )

    def __post_init__(self) -> None:
        for name, entry in OPTIONS.items():
            value = getattr(self, name)
            if value is not entry.default:  # what is declared needs no check
                object.__setattr__(self, name, entry.accept(value))

    @lazy
    def changed(self) -> tuple[str, ...]:
        """The names of the options that are not at their defaults."""
        return tuple(n for n, entry in OPTIONS.items() if getattr(self, n) != entry.default)

    @property
    def signed(self) -> dict[str, Any]:
        """The changed options that can change a value, by name."""
        return {name: getattr(self, name) for name in self.changed if OPTIONS[name].signed}


def _table() -> dict[str, Option]:
    table = {}
    for entry in fields(Options):
        declared = dict(entry.metadata)
        flag = declared.pop("flag", f"--{entry.name.replace('_', '-')}")
        table[entry.name] = Option(entry.name, entry.default, flag=flag, **declared)
    return table


OPTIONS: Mapping[str, Option] = _table()
FLAGS.update({name: entry.flag for name, entry in OPTIONS.items() if entry.flag})


def options_for(loss: "Loss", options: Options) -> Options:
    """Return the options with those that mean nothing to the loss at their defaults."""
    foreign = [name for name in options.changed if not OPTIONS[name].takes(loss)]
    if not foreign:
        return options
    return replace(options, **{name: OPTIONS[name].default for name in foreign})


def require_use(losses: Iterable["Loss"], options: Options) -> None:
    """Refuse an option that none of the losses takes.

    Raises
    ------
    UsageError
        Naming the option and the losses.
    """
    for name in options.changed:
        if not any(OPTIONS[name].takes(loss) for loss in losses):
            names = [loss.id for loss in losses]
            raise UsageError(
                f"{option(name)}: {_none_of(names)}; it is only for {OPTIONS[name].meant_for}"
            )


def _none_of(names: Sequence[str]) -> str:
    return f"{listed(names)} take{'s' * (len(names) == 1)} none"


def describe_options() -> str:
    """Return the options as the entries of a docstring, a name and its help each."""
    return "\n".join(f"{entry.name}\n    {entry.help}" for entry in OPTIONS.values())
