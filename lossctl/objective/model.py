"""The configuration of `lossctl run` as typed records; the JSON Schema is made from the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lossctl.core.domain import NONNEGATIVE, POSITIVE, REAL, UNIT, Interval
from lossctl.core.options import OPTIONS
from lossctl.objective.kinds import (
    Either,
    Field,
    ListOf,
    Literal,
    MapOf,
    NumberOr,
    OneOf,
    Real,
    Record,
    Schema,
    Text,
    Truth,
    Whole,
)
from lossctl.objective.nodes import Place, Word
from lossctl.objective.semantics import IMPLICATIONS, SEMANTICS

PENALTIES = ("quadratic", "linear", "hinge", "log_barrier")
NORMALIZERS = ("none", "initial", "std")
SCHEDULES = ("constant", "linear", "warm_up")
GROUPS = ("supervised", "rule", "constraint")
MOST_STEPS = 1_000_000
NAME = Text("a name")


def choices_of(name: str) -> tuple[str, ...]:
    """Return the values of an option that has a few."""
    return tuple(str(value) for value in OPTIONS[name].domain.inside() if isinstance(value, str))


@dataclass(frozen=True, kw_only=True)
class DataEntry:
    """Where a named array comes from."""

    file: Word
    columns: Any
    id: Word | None
    rows: Word | None
    place: Place


@dataclass(frozen=True, kw_only=True)
class Supervised:
    """A loss of the catalogue on named inputs."""

    name: Word | None
    loss: Word
    params: Mapping[str, Any]
    weight: float
    predictions: Word | None
    targets: Word | None
    inputs: Mapping[str, Word] | None
    group: Word | None
    weights: Word | None
    mask: Word | None
    where: Word | None
    reading: Mapping[str, Any]
    place: Place
    kind: str = "supervised"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Truth values, or a formula that gives them."""

    name: Word | None
    values: Word | None
    formula: Word | None
    targets: Any
    semantics: str | None
    implication: str | None
    quantifier: str | None
    aggregator: str
    p: float
    over: Word
    weight: float
    temperature: float | None
    weights: Word | None
    mask: Word | None
    where: Word | None
    nan: str
    place: Place
    kind: str = "rule"


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """Constraint values, or an inequality that gives them."""

    name: Word | None
    values: Word | None
    formula: Word | None
    thresholds: Any
    penalty: str
    penalty_weight: float
    margin: float | None
    sharpness: float | None
    tolerance: float | None
    weight: float
    weights: Word | None
    mask: Word | None
    where: Word | None
    nan: str
    place: Place
    kind: str = "constraint"


@dataclass(frozen=True, kw_only=True)
class GroupWeights:
    """What each kind of term is multiplied by."""

    supervised: float
    rule: float
    constraint: float
    place: Place | None = None

    def of(self, kind: str) -> float:
        """Return the weight of a kind of term."""
        return float(getattr(self, kind))


@dataclass(frozen=True, kw_only=True)
class Normalize:
    """What components are divided by before they are weighted."""

    by: str
    initial: Mapping[str, float] | None
    place: Place


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How a weight moves over the checkpoints."""

    kind: str
    start: float
    end: float | None
    steps: int | None
    place: Place


@dataclass(frozen=True, kw_only=True)
class Gates:
    """Limits that make the exit code 1."""

    total: float | None
    components: Mapping[str, float]
    violation_rate: Mapping[str, float]
    satisfaction: Mapping[str, float]
    place: Place


@dataclass(frozen=True, kw_only=True)
class Config:
    """A whole document."""

    version: int
    name: Word | None
    extends: Word | None
    data: Mapping[str, DataEntry]
    recipe: Word | None
    params: Mapping[str, Any]
    supervised: Sequence[Supervised]
    rules: Sequence[Rule]
    constraints: Sequence[Constraint]
    weights: GroupWeights
    temperature: float
    semantics: str
    implication: str | None
    normalize: Normalize | None
    schedule: Mapping[str, Schedule]
    gates: Gates | None
    place: Place

    @property
    def terms(self) -> list[Supervised | Rule | Constraint]:
        """Every term, in the order of the answer."""
        return [*self.supervised, *self.rules, *self.constraints]


class _Short:
    """A record whose one field may stand for it."""

    def __init__(self, record: Record, name: str) -> None:
        self.record, self.name = record, name

    def read(self, node: Any, path: str) -> Any:
        value = self.record.names[self.name].kind.read(node, path)
        given = {one.name: one.default for one in self.record.fields} | {self.name: value}
        return self.record.make(**given, place=node.place)

    def schema(self) -> Schema:
        return self.record.names[self.name].kind.schema()


def _given_only(*, place: Place, **fields: Any) -> dict[str, Any]:
    """Return the fields that were given; their place is not needed."""
    del place
    return {name: one for name, one in fields.items() if one is not None}


def _flexible(record: Record, name: str) -> Either:
    return Either(_Short(record, name), record)


WEIGHT = Real(NONNEGATIVE)
ITEM_FIELDS = (
    Field("weights", NAME, "data: one weight an item, or one for each entry of the first axes"),
    Field("mask", NAME, "data: items where it is 0 do not count"),
    Field("where", Text("a condition"), "condition over columns; other rows do not count"),
)
NAN = Field("nan", OneOf(choices_of("nan")), "what to do with NaN", "raise")
READING = Record(
    _given_only,
    (
        Field("input", OneOf(choices_of("input")), "what the predictions are"),
        Field("task", OneOf(choices_of("task")), "how labels are read"),
        Field("class_axis", Whole(-32, 31), "axis of the classes"),
        Field(
            "class_weights",
            Either(Text("balanced, effective:β or a list"), ListOf(WEIGHT, most=100_000)),
            "a list, balanced or effective:β",
        ),
        Field("ignore_index", Whole(-(2**53), 2**53), "label of items to leave out"),
        Field("nan", OneOf(choices_of("nan")), "what to do with NaN"),
        Field("reduction", OneOf(("mean", "sum")), "how item losses are combined"),
        Field(
            "precision",
            OneOf(choices_of("precision")),
            "double computes everything in float64",
        ),
        Field(
            "pooling",
            OneOf(choices_of("pooling")),
            "overlap over the batch or each sample",
        ),
        Field(
            "average",
            NumberOr(Whole(0, 1_000_000), OneOf(choices_of("average"))),
            "how overlap losses of classes are combined",
        ),
        Field("background", Truth(), "whether class 0 counts"),
    ),
)
DATA = Record(
    DataEntry,
    (
        Field("file", Text("a file"), "FILE, FILE::member or FILE::columns", required=True),
        Field(
            "columns",
            Either(Text("columns"), ListOf(NAME, most=10_000)),
            "columns of a table, or names for the columns of an array",
        ),
        Field("id", NAME, "id column that aligns tables with each other"),
        Field("rows", Text("start:stop"), "rows to use: start:stop, counted from 0"),
    ),
)
SUPERVISED = Record(
    Supervised,
    (
        Field("name", NAME, "what the answer calls it; the loss when not given"),
        Field("loss", Text("a loss"), "a loss of the catalogue", required=True),
        Field("params", MapOf(Literal()), "parameters of the loss", {}),
        Field("weight", WEIGHT, "factor of this term, beside weights.supervised", 1.0),
        Field("predictions", NAME, "data: the predictions"),
        Field("targets", NAME, "data: the targets"),
        Field("inputs", MapOf(NAME), "data of each input of the loss, by its declared name"),
        Field("group", NAME, "data: what group each item belongs to, for losses of groups"),
        *ITEM_FIELDS,
        Field("reading", READING, "how inputs are read, as the options of compute", {}),
    ),
    "one supervised term",
)
RULE = Record(
    Rule,
    (
        Field("name", NAME, "what the answer calls it"),
        Field("values", NAME, "data: truth values, usually (N,) or (N, rules)"),
        Field("formula", Text("a formula"), 'over columns, such as "smoker & ~exercises -> risk"'),
        Field("targets", NumberOr(Real(UNIT), NAME), "truth wanted: a level or data", 1.0),
        Field("semantics", OneOf(tuple(SEMANTICS)), "of and, or: product, godel or lukasiewicz"),
        Field("implication", OneOf(tuple(IMPLICATIONS)), "of ->; that of the semantics if absent"),
        Field("quantifier", OneOf(("forall", "exists")), "over the rows, or over groups of rows"),
        Field("aggregator", OneOf(("p_mean", "log_product")), "how truths are combined", "p_mean"),
        Field("p", Real(Interval(1.0, 64.0)), "exponent of p_mean", 2.0),
        Field("over", NAME, "rows, or the column whose equal values make a group", "rows"),
        Field("weight", WEIGHT, "factor of this rule, beside weights.rule", 1.0),
        Field("temperature", Real(POSITIVE), "softness; that of the file when not given"),
        *ITEM_FIELDS,
        NAN,
    ),
    "one rule",
    ("values", "formula"),
)
CONSTRAINT = Record(
    Constraint,
    (
        Field("name", NAME, "what the answer calls it"),
        Field("values", NAME, "data: constraint values, violated above their threshold"),
        Field("formula", Text("an inequality"), 'over columns, such as "low <= high"'),
        Field("thresholds", NumberOr(Real(REAL), NAME), "a number or data", 0.0),
        Field("penalty", OneOf(PENALTIES), "shape of the penalty", "quadratic"),
        Field("penalty_weight", WEIGHT, "price of a unit of penalty", 10.0),
        Field("margin", WEIGHT, "of the hinge penalty: how far inside is far enough (1)"),
        Field("sharpness", Real(POSITIVE), "of log_barrier: t, higher is closer to a wall (5)"),
        Field("tolerance", WEIGHT, "how far == (1e-6), <= and the others (0) may be missed"),
        Field("weight", WEIGHT, "factor of this constraint, beside weights.constraint", 1.0),
        *ITEM_FIELDS,
        NAN,
    ),
    "one constraint",
    ("values", "formula"),
)
GROUP_WEIGHTS = Record(
    GroupWeights,
    tuple(Field(name, WEIGHT, f"factor of the {name} terms", 1.0) for name in GROUPS),
)
EVEN_WEIGHTS = GroupWeights(supervised=1.0, rule=1.0, constraint=1.0)
NORMALIZE = Record(
    Normalize,
    (
        Field("by", OneOf(NORMALIZERS), "none, initial (value) or std (of item losses)", "none"),
        Field("initial", MapOf(Real(POSITIVE)), "initial value of each component, by name"),
    ),
)
SCHEDULE = Record(
    Schedule,
    (
        Field("kind", OneOf(SCHEDULES), "constant, linear or warm_up", required=True),
        Field("start", WEIGHT, "factor at the first checkpoint", 0.0),
        Field("end", WEIGHT, "factor after the last step; 1, the weight itself, when not given"),
        Field("steps", Whole(1, MOST_STEPS), "checkpoints it takes; all when not given"),
    ),
)
LIMITS = MapOf(Real(REAL))
GATES = Record(
    Gates,
    (
        Field("total", Real(REAL), "the total may not exceed this"),
        Field("components", LIMITS, "raw value of a component, by name", {}),
        Field("violation_rate", MapOf(Real(UNIT)), "violation rate of a constraint or rule", {}),
        Field("satisfaction", MapOf(Real(UNIT)), "least mean satisfaction of a rule", {}),
    ),
)
CONFIG = Record(
    Config,
    (
        Field("version", Whole(1, 1), "version of this format: 1", required=True),
        Field("name", NAME, "what the answer calls this document"),
        Field("extends", Text("a file"), "a file whose entries this one adds to or replaces"),
        Field("data", MapOf(_flexible(DATA, "file")), "named arrays", required=True),
        Field("recipe", NAME, "a named composition; `lossctl list --family recipe` shows them"),
        Field("params", MapOf(Literal()), "parameters of the recipe", {}),
        Field("supervised", ListOf(_flexible(SUPERVISED, "loss"), single=True), "losses", ()),
        Field("rules", ListOf(RULE), "soft rules", ()),
        Field("constraints", ListOf(CONSTRAINT), "constraints", ()),
        Field("weights", GROUP_WEIGHTS, "factors of the kinds of terms", EVEN_WEIGHTS),
        Field("temperature", Real(POSITIVE), "softness of rules that set none", 1.0),
        Field("semantics", OneOf(tuple(SEMANTICS)), "of rules that set none", "product"),
        Field("implication", OneOf(tuple(IMPLICATIONS)), "of rules that set none"),
        Field("normalize", _flexible(NORMALIZE, "by"), "scales before weighting"),
        Field(
            "schedule",
            MapOf(_flexible(SCHEDULE, "kind")),
            "weights over checkpoints: of supervised, rule, constraint or a component",
            {},
        ),
        Field("gates", GATES, "limits that fail the run"),
    ),
    "Configuration of lossctl run",
)


def schema() -> Schema:
    """Return the JSON Schema of a configuration file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of lossctl run",
        **CONFIG.schema(),
    }
