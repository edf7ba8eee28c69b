"""The configuration of `lossctl run`: each key declared once, with its values, default and help."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Field, GetPydanticSchema, create_model
from pydantic_core.core_schema import no_info_after_validator_function

from lossctl.core.domain import NONNEGATIVE, POSITIVE, REAL, UNIT, Choice, Interval
from lossctl.core.errors import UsageError
from lossctl.core.options import OPTIONS, Options, require_use
from lossctl.core.param import bind_params
from lossctl.core.whole import Whole
from lossctl.losses.catalogue import get
from lossctl.objective.nodes import Word
from lossctl.objective.record import (
    Flat,
    Location,
    Mistake,
    NumberOr,
    Of,
    OneOrMore,
    PlainSchema,
    Record,
    Text,
    Texts,
    entry,
)
from lossctl.objective.semantics import IMPLICATIONS, SEMANTICS

PENALTIES = ("quadratic", "linear", "hinge", "log_barrier")
PENALTY_OF = {"margin": "hinge", "sharpness": "log_barrier"}
GROUPS = ("supervised", "rule", "constraint")
MOST_STEPS = 1_000_000
NAN = OPTIONS["nan"]

# An optional key has the default None, but a file that gives it gives a value: null is refused.
Name: TypeAlias = Annotated[Word, Of(Text("a name"))]
Key: TypeAlias = Annotated[str, Of(Text("a name"))]
OptionalName: TypeAlias = Annotated[Word | None, Of(Text("a name"))]
Number: TypeAlias = Annotated[float, Of(REAL)]
Share: TypeAlias = Annotated[float, Of(UNIT)]
Weight: TypeAlias = Annotated[float, Of(NONNEGATIVE)]
Positive: TypeAlias = Annotated[float, Of(POSITIVE)]
Parameters: TypeAlias = dict[Key, Annotated[Any, Of(Flat())]]
OptionalSemantics: TypeAlias = Annotated[str | None, Of(Choice(tuple(SEMANTICS)))]
OptionalImplication: TypeAlias = Annotated[str | None, Of(Choice(tuple(IMPLICATIONS)))]
NanPolicy: TypeAlias = Annotated[str, Of(NAN.domain)]


class DataEntry(Record):
    """Where a named array comes from."""

    short: ClassVar[str] = "file"
    file: Annotated[Word, Of(Text("a file"))] = entry("FILE, FILE::member or FILE::columns")
    columns: Annotated[Any, Of(Texts("a name, or a list of names"))] = entry(
        "columns of a table, or names for the columns of an array", None
    )
    id: OptionalName = entry("id column that aligns tables with each other", None)
    rows: Annotated[Word | None, Of(Text("start:stop"))] = entry(
        "rows to use: start:stop, counted from 0", None
    )


class Term(Record):
    """What every term has."""

    kind: ClassVar[str]
    name: OptionalName = entry("what the answer calls it", None)
    weight: Weight = entry("factor of this term, beside that of its kind", 1.0)
    weights: OptionalName = entry(
        "data: one weight an item, or one for each entry of the first axes", None
    )
    mask: OptionalName = entry("data: items where it is 0 do not count", None)
    where: Annotated[Word | None, Of(Text("a condition"))] = entry(
        "condition over columns; other rows do not count", None
    )


# Every option of the one table but those of the work, which are the run's; a term has one value.
_READING_KEYS: dict[str, Any] = {
    name: (
        Annotated[Any, Of(Choice(("mean", "sum")) if name == "reduction" else option.domain)],
        entry(option.help, option.default),
    )
    for name, option in OPTIONS.items()
    if option.section != "work"
}
READING = create_model("Reading", __base__=Record, __doc__="How inputs are read.", **_READING_KEYS)


def _given_options(reading: Record) -> dict[str, Any]:
    """Return the options that the file gives."""
    return {name: getattr(reading, name) for name in reading.model_fields_set}


Reading: TypeAlias = Annotated[
    Mapping[str, Any],
    GetPydanticSchema(
        lambda _, handler: no_info_after_validator_function(_given_options, handler(READING))
    ),
]


class Supervised(Term):
    """A loss of the catalogue on named inputs, with parameters and options that it takes."""

    kind: ClassVar[str] = "supervised"
    short: ClassVar[str] = "loss"
    loss: Annotated[Word, Of(Text("a loss"))] = entry("a loss of the catalogue")
    params: Parameters = entry("parameters of the loss", {})
    predictions: OptionalName = entry("data: the predictions", None)
    targets: OptionalName = entry("data: the targets", None)
    inputs: dict[Key, Name] = entry("data of each input of the loss, by its declared name", {})
    group: OptionalName = entry("data: what group each item belongs to, for losses of groups", None)
    reading: Reading = entry("how inputs are read, as the options of compute", {})

    def mistakes(self) -> Iterator[Mistake]:
        """Yield an unknown loss, parameters that it refuses and options that it does not read."""
        try:
            loss = get(self.loss)
        except UsageError as error:
            yield Mistake(error, ("loss",))
            return
        for name, value in self.params.items():
            known = [param for param in loss.params if param.name == name] or loss.params
            yield from _tried(("params",), name, bind_params, loss.id, known, {name: value})
        missing = [param for param in loss.params if param.name not in self.params]
        yield from _tried((), "", bind_params, loss.id, missing, {})
        for name, value in self.reading.items():
            options = Options(**{name: value})
            yield from _tried(("reading",), name, require_use, [loss, *loss.variants], options)


def _tried(where: Location, key: str, check: Callable[..., Any], *args: Any) -> Iterator[Mistake]:
    try:
        check(*args)
    except UsageError as error:
        yield Mistake(error, where, key)


class Formulated(Term):
    """Values, or a formula that gives them."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["values"]}, {"required": ["formula"]}]}
    )
    values: OptionalName = entry("data with the values", None)
    formula: Annotated[Word | None, Of(Text("a formula"))] = entry("a formula over columns", None)
    nan: NanPolicy = entry(NAN.help, NAN.default)

    def mistakes(self) -> Iterator[Mistake]:
        """Yield that both or none are given, and keys of formulas beside values."""
        given = [name for name in ("values", "formula") if getattr(self, name) is not None]
        if not given:
            yield Mistake(UsageError(f"a {self.kind} needs values or formula"))
        if len(given) > 1:
            yield Mistake(
                UsageError(f"a {self.kind} takes values or formula, not both"), (), "formula"
            )
        for name in ("tolerance", "semantics", "implication"):
            if given == ["values"] and name in self.model_fields_set:
                text = f"{name} is for a formula; values are taken as they are"
                yield Mistake(UsageError(text), (), name)


class Rule(Formulated):
    """Truth values, or a formula that gives them."""

    kind: ClassVar[str] = "rule"
    values: OptionalName = entry("data: truth values, usually (N,) or (N, rules)", None)
    formula: Annotated[Word | None, Of(Text("a formula"))] = entry(
        'over columns, such as "smoker & ~exercises -> risk"', None
    )
    targets: Annotated[Any, Of(NumberOr(UNIT))] = entry("truth wanted: a level or data", 1.0)
    semantics: OptionalSemantics = entry("of and, or; that of the file when not given", None)
    implication: OptionalImplication = entry("of ->; that of the semantics when not given", None)
    quantifier: Annotated[str | None, Of(Choice(("forall", "exists")))] = entry(
        "over the rows, or over groups of rows", None
    )
    aggregator: Annotated[str, Of(Choice(("p_mean", "log_product")))] = entry(
        "how truths are combined", "p_mean"
    )
    p: Annotated[float, Of(Interval(1.0, 64.0))] = entry("exponent of p_mean", 2.0)
    over: Name = entry("rows, or the column whose equal values make a group", "rows")
    temperature: Annotated[float | None, Of(POSITIVE)] = entry(
        "softness; that of the file when not given", None
    )

    def mistakes(self) -> Iterator[Mistake]:
        """Yield keys of quantifiers beside none, and an aggregator that the quantifier refuses."""
        yield from super().mistakes()
        changed = (self.over, self.p, self.aggregator) != ("rows", 2.0, "p_mean")
        if self.quantifier is None and changed:
            text = "p, over and aggregator need quantifier: forall or exists"
            yield Mistake(UsageError(text))
        if self.quantifier == "exists" and self.aggregator == "log_product":
            text = "log_product is for forall; exists takes p_mean"
            yield Mistake(UsageError(text), ("aggregator",))


class Constraint(Formulated):
    """Constraint values, or an inequality that gives them."""

    kind: ClassVar[str] = "constraint"
    values: OptionalName = entry("data: constraint values, violated above their threshold", None)
    formula: Annotated[Word | None, Of(Text("an inequality"))] = entry(
        'over columns, such as "low <= high"', None
    )
    thresholds: Annotated[Any, Of(NumberOr(REAL))] = entry("a number or data", 0.0)
    penalty: Annotated[str, Of(Choice(PENALTIES))] = entry("shape of the penalty", "quadratic")
    penalty_weight: Weight = entry("price of a unit of penalty", 10.0)
    margin: Annotated[float | None, Of(NONNEGATIVE)] = entry(
        "of the hinge penalty: how far inside is far enough (1)", None
    )
    sharpness: Annotated[float | None, Of(POSITIVE)] = entry(
        "of log_barrier: t, higher is closer to a wall (5)", None
    )
    tolerance: Annotated[float | None, Of(NONNEGATIVE)] = entry(
        "how far == (1e-6), <= and the others (0) may be missed", None
    )

    def mistakes(self) -> Iterator[Mistake]:
        """Yield parameters of another penalty."""
        yield from super().mistakes()
        for name, penalty in PENALTY_OF.items():
            if getattr(self, name) is not None and self.penalty != penalty:
                text = f"{name} is for penalty: {penalty}, not for {self.penalty}"
                yield Mistake(UsageError(text), (), name)


class GroupWeights(Record):
    """What each kind of term is multiplied by."""

    supervised: Weight = entry("factor of the supervised terms", 1.0)
    rule: Weight = entry("factor of the rule terms", 1.0)
    constraint: Weight = entry("factor of the constraint terms", 1.0)

    def of(self, kind: str) -> float:
        """Return the weight of a kind of term."""
        return float(getattr(self, kind))


class Normalize(Record):
    """What components are divided by before they are weighted."""

    short: ClassVar[str] = "by"
    by: Annotated[str, Of(Choice(("none", "initial", "std")))] = entry(
        "none, initial (value) or std (of item losses)", "none"
    )
    initial: dict[Key, Positive] = entry("initial value of each component, by name", {})


class Schedule(Record):
    """How a weight moves over the checkpoints."""

    short: ClassVar[str] = "kind"
    kind: Annotated[str, Of(Choice(("constant", "linear", "warm_up")))] = Field(
        description="constant, linear or warm_up"
    )
    start: Weight = entry("factor at the first checkpoint", 0.0)
    end: Weight = entry("factor after the last step", 1.0)
    steps: Annotated[int | None, Of(Whole(1, MOST_STEPS))] = entry(
        "checkpoints it takes; all when not given", None
    )


class Gates(Record):
    """Limits that make the exit code 1."""

    total: Annotated[float | None, Of(REAL)] = entry("the total may not exceed this", None)
    components: dict[Key, Number] = entry("raw value of a component, by name", {})
    violation_rate: dict[Key, Share] = entry("violation rate of a constraint or rule", {})
    satisfaction: dict[Key, Share] = entry("least mean satisfaction of a rule", {})


class Config(Record):
    """A whole document."""

    version: Literal[1] = entry("version of this format: 1")
    name: OptionalName = entry("what the answer calls this document", None)
    extends: Annotated[Word | None, Of(Text("a file"))] = entry(
        "a file whose entries this one adds to or replaces", None
    )
    data: dict[Key, DataEntry] = entry("named arrays")
    recipe: OptionalName = entry(
        "a named composition; `lossctl list --family recipe` shows them", None
    )
    params: Parameters = entry("parameters of the recipe", {})
    supervised: Annotated[list[Supervised], Field(min_length=1, max_length=1000), OneOrMore()] = (
        entry("losses", [])
    )
    rules: Annotated[list[Rule], Field(min_length=1, max_length=1000)] = entry("soft rules", [])
    constraints: Annotated[list[Constraint], Field(min_length=1, max_length=1000)] = entry(
        "constraints", []
    )
    weights: GroupWeights = entry("factors of the kinds of terms", GroupWeights())
    temperature: Positive = entry("softness of rules that set none", 1.0)
    semantics: OptionalSemantics = entry("of rules that set none", "product")
    implication: OptionalImplication = entry("of rules that set none", None)
    normalize: Normalize = entry("scales before weighting", Normalize())
    schedule: dict[Key, Schedule] = entry(
        "weights over checkpoints: of supervised, rule, constraint or a component", {}
    )
    gates: Gates = entry("limits that fail the run", Gates())

    @property
    def terms(self) -> Sequence[Supervised | Rule | Constraint]:
        """Every term, in the order of the answer."""
        return [*self.supervised, *self.rules, *self.constraints]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a configuration file."""
    return {
        "$schema": PlainSchema.schema_dialect,
        "title": "Configuration of lossctl run",
        **Config.model_json_schema(schema_generator=PlainSchema),
    }
