"""The configuration of `lossctl run`: each key declared once, with its values, default and help."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field

from lossctl.core.domain import NONNEGATIVE, POSITIVE, REAL, UNIT, Choice, bind_params
from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.core.options import OPTIONS, Options, require_use
from lossctl.formulas.fuzzy_logic import IMPLICATION_FUNCTIONS, SEMANTICS
from lossctl.losses.catalogue import called, get
from lossctl.objective.config_gates import Gates
from lossctl.objective.config_metrics import MetricEntry
from lossctl.objective.config_reading import READING, Key, OptionalName, Parameters, Reading
from lossctl.objective.config_record import (
    Location,
    Mistake,
    PlainSchema,
    Record,
    as_list,
    entry,
    exactly,
    in_domain,
    number_or_name,
    text,
)
from lossctl.objective.config_schedule import ParameterSchedule, Schedule
from lossctl.objective.violations import PENALTIES, QUANTIFIERS
from lossctl.objective.yaml_nodes import PlacedText

if TYPE_CHECKING:
    from lossctl.losses.framework_names import Preset

NAN = OPTIONS["nan"]
PARAMS = {  # of the losses of rules and constraints
    param.name: param
    for loss in (*PENALTIES.values(), *(loss for loss, _ in QUANTIFIERS.values()))
    for param in get(loss).params
}

Name: TypeAlias = Annotated[PlacedText, text("a name")]
Share: TypeAlias = Annotated[float, in_domain(UNIT)]
Weight: TypeAlias = Annotated[float, in_domain(NONNEGATIVE)]
Positive: TypeAlias = Annotated[float, in_domain(POSITIVE)]
OptionalFormula: TypeAlias = Annotated[PlacedText | None, text("a formula")]
OptionalSemantics: TypeAlias = Annotated[str | None, in_domain(Choice(tuple(SEMANTICS)))]
OptionalImplication: TypeAlias = Annotated[
    str | None, in_domain(Choice(tuple(IMPLICATION_FUNCTIONS)))
]
NanPolicy: TypeAlias = Annotated[str, in_domain(NAN.domain)]


class DataEntry(Record):
    """Where a named array comes from."""

    short_key: ClassVar[str] = "file"
    file: Annotated[PlacedText, text("a file")] = entry("FILE, FILE::member or FILE::columns")
    columns: Annotated[
        list[Name], BeforeValidator(as_list, json_schema_input_type=list[Name] | Name)
    ] = entry("columns of a table, or names for the columns of an array", [])
    id: OptionalName = entry("id column that aligns tables with each other", None)
    decimal: Annotated[str | None, in_domain(Choice((".", ",")))] = entry(
        "decimal separator of the numbers in a text table", None
    )
    rows: Annotated[PlacedText | None, text("start:stop")] = entry(
        "rows to use: start:stop, counted from 0", None
    )


class TermEntry(Record):
    """What every term has."""

    kind: ClassVar[str]
    name: OptionalName = entry("its name in the result", None)
    weight: Weight = entry("weight of this term, multiplied by that of its kind", 1.0)
    weights: OptionalName = entry(
        "data: one weight per item, or one per entry of the first axes", None
    )
    mask: OptionalName = entry("data: items where it is 0 do not count", None)
    where: OptionalFormula = entry("condition over columns; other rows do not count", None)

    @property
    def title(self) -> str:
        """What it is called when it has no name; empty when nothing names it."""
        return ""


class Supervised(TermEntry):
    """A loss of the catalogue on named inputs, with parameters and options that it takes."""

    kind: ClassVar[str] = "supervised"
    short_key: ClassVar[str] = "loss"
    loss: Annotated[PlacedText, text("a loss")] = entry("a loss of the catalogue")
    params: Parameters = entry("parameters of the loss", {})
    schedule: dict[Key, ParameterSchedule] = entry("parameters that change over checkpoints", {})
    predictions: OptionalName = entry("data: the predictions", None)
    targets: OptionalName = entry("data: the targets", None)
    inputs: dict[Key, Name] = entry("data of each input of the loss, by its declared name", {})
    group: OptionalName = entry("data: the group of each item, for losses of groups", None)
    reading: Reading = entry("how inputs are read, as the options of compute", {})

    @property
    def title(self) -> str:
        """The id of the loss."""
        return get(self.loss).id

    def mistakes(self) -> Iterator[Mistake]:
        """Yield an unknown loss, parameters that it refuses and options that it does not read."""
        try:
            loss = get(self.loss)
        except UsageError as error:
            yield error, ("loss",), ""
            return
        moved = [(name, value) for name, it in self.schedule.items() for value in it.values()]
        wrong = [
            mistake
            for where, given in (("params", self.params.items()), ("schedule", moved))
            for name, value in given
            for mistake in _errors_of((where,), name, self._check_param, name, value)
        ]
        yield from wrong
        for name in self.schedule.keys() & self.params.keys():
            yield UsageError(f"{name} is given twice: here and under params"), ("schedule",), name
        try:
            loss, given, preset = self.call()
        except UsageError as error:  # parameters that are right one by one
            yield from () if wrong else [(error, ("params",), "")]
            return
        if preset is not None and preset.options.get("reduction") == "none":
            yield UsageError("reduction must be one of mean, sum, got 'none'"), ("params",), ""
        missing = [param for param in loss.params if param.name not in given]
        yield from _errors_of((), "", bind_params, loss.id, missing, {})
        for name, value in self.reading.items():
            options = Options(**{name: value})
            yield from _errors_of(("reading",), name, require_use, [loss, *loss.variants], options)

    def call(self, variant: Loss | None = None) -> tuple[Loss, Mapping[str, Any], "Preset | None"]:
        """Return the loss, its parameters, and what its name sets, of the variant that is read."""
        ends = {name: schedule.end for name, schedule in self.schedule.items()}
        loss, given, preset = called(self.loss, {**self.params, **ends})
        if preset is None:
            return loss, given, None
        given, preset = preset.with_options(given)
        return loss, {**preset.params_of(variant or loss), **given}, preset

    def at(self, number: int, count: int) -> dict[str, float]:
        """Return the values of its schedules at a checkpoint, the first being number 0."""
        return {name: schedule.at(number, count) for name, schedule in self.schedule.items()}

    def _check_param(self, name: str, value: Any) -> None:
        loss, given, _ = called(self.loss, {name: value})
        for ours, of_it in given.items():
            if ours in OPTIONS:
                READING(**{ours: of_it})
                continue
            known = [param for param in loss.params if param.name == ours] or loss.params
            bind_params(loss.id, known, {ours: of_it})


def _errors_of(
    where: Location, key: str, check: Callable[..., Any], *args: Any
) -> Iterator[Mistake]:
    try:
        check(*args)
    except UsageError as error:
        yield error, where, key


class Formulated(TermEntry):
    """Values, or a formula that gives them."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["values"]}, {"required": ["formula"]}]}
    )
    values: OptionalName = entry(
        "data: truth values of a rule, or values of a constraint, violated above their threshold",
        None,
    )
    formula: OptionalFormula = entry(
        'over columns: "smoker & ~exercises -> risk" of a rule, "low <= high" of a constraint', None
    )
    nan: NanPolicy = entry(NAN.help, NAN.default)

    @property
    def title(self) -> str:
        """The name of its data."""
        return str(self.values or "")

    def mistakes(self) -> Iterator[Mistake]:
        """Yield that both or none are given, and keys of formulas beside values."""
        present = [name for name in ("values", "formula") if getattr(self, name) is not None]
        if not present:
            yield UsageError(f"a {self.kind} needs values or formula"), (), ""
        if len(present) > 1:
            yield UsageError(f"a {self.kind} takes values or formula, not both"), (), "formula"
        for name in {"tolerance", "semantics", "implication"} & self.model_fields_set:
            if present == ["values"]:
                yield UsageError(f"{name} is for a formula; values are taken as they are"), (), name


class Rule(Formulated):
    """Truth values, or a formula that gives them."""

    kind: ClassVar[str] = "rule"
    targets: Annotated[Any, number_or_name(UNIT)] = entry(
        "target truth value: a number or data", 1.0
    )
    semantics: OptionalSemantics = entry(
        "fuzzy logic of and and or; that of the file when not given", None
    )
    implication: OptionalImplication = entry(
        "fuzzy implication of ->; that of the semantics when not given", None
    )
    quantifier: Annotated[str | None, in_domain(Choice(("forall", "exists")))] = entry(
        "over the rows, or over groups of rows", None
    )
    aggregator: Annotated[str, in_domain(Choice(("p_mean", "log_product")))] = entry(
        "how the truth values are combined", "p_mean"
    )
    p: Annotated[float, in_domain(PARAMS["p"].domain)] = entry(
        PARAMS["p"].help, PARAMS["p"].default
    )
    over: Name = entry("rows, or the column whose equal values make a group", "rows")
    temperature: Annotated[float | None, in_domain(PARAMS["temperature"].domain)] = entry(
        "temperature of the rule; that of the file when not given", None
    )

    def mistakes(self) -> Iterator[Mistake]:
        """Yield keys of quantifiers beside none, and an aggregator that the quantifier refuses."""
        yield from super().mistakes()
        changed = (self.over, self.p, self.aggregator) != ("rows", 2.0, "p_mean")
        if self.quantifier is None and changed:
            yield UsageError("p, over and aggregator need quantifier: forall or exists"), (), ""
        if self.quantifier == "exists" and self.aggregator == "log_product":
            problem = "log_product is for forall; exists takes p_mean"
            yield UsageError(problem), ("aggregator",), ""


class Constraint(Formulated):
    """Constraint values, or an inequality that gives them."""

    kind: ClassVar[str] = "constraint"
    thresholds: Annotated[Any, number_or_name(REAL)] = entry("a number or data", 0.0)
    penalty: Annotated[str, in_domain(Choice(tuple(PENALTIES)))] = entry(
        "function of the violation", "quadratic"
    )
    penalty_weight: Annotated[float, in_domain(PARAMS["penalty_weight"].domain)] = entry(
        "weight of the penalty", PARAMS["penalty_weight"].default
    )
    margin: Annotated[float | None, in_domain(PARAMS["margin"].domain)] = entry(
        f"of hinge ({PARAMS['margin'].default:g}): {PARAMS['margin'].help}", None
    )
    sharpness: Annotated[float | None, in_domain(PARAMS["sharpness"].domain)] = entry(
        f"of log_barrier ({PARAMS['sharpness'].default:g}): {PARAMS['sharpness'].help}", None
    )
    tolerance: Annotated[float | None, in_domain(NONNEGATIVE)] = entry(
        "largest violation that is allowed: 1e-6 for ==, 0 for the others, when not given", None
    )

    def mistakes(self) -> Iterator[Mistake]:
        """Yield parameters of another penalty."""
        yield from super().mistakes()
        taken = [param.name for param in get(PENALTIES[self.penalty]).params]
        for penalty, loss in PENALTIES.items():
            for name in {param.name for param in get(loss).params} - set(taken):
                if getattr(self, name) is not None:
                    problem = f"{name} is for penalty: {penalty}, not for {self.penalty}"
                    yield UsageError(problem), (), name


class GroupWeights(Record):
    """What each kind of term is multiplied by."""

    supervised: Weight = entry("weight of the supervised terms", 1.0)
    rule: Weight = entry("weight of the rule terms", 1.0)
    constraint: Weight = entry("weight of the constraint terms", 1.0)

    def of(self, kind: str) -> float:
        """Return the weight of a kind of term."""
        return float(getattr(self, kind))


class Normalize(Record):
    """What components are divided by before they are weighted."""

    short_key: ClassVar[str] = "by"
    by: Annotated[str, in_domain(Choice(("none", "initial", "std")))] = entry(
        "none, initial (value) or std (of item losses)", "none"
    )
    initial: dict[Key, Positive] = entry("initial value of each component, by name", {})


T = TypeVar("T", bound=TermEntry)
Terms: TypeAlias = Annotated[list[T], Field(min_length=1, max_length=1000)]


class Config(Record):
    """A whole document."""

    version: Annotated[int, exactly(1)] = entry("version of this format: 1")
    name: OptionalName = entry("name of this document in the result", None)
    extends: Annotated[PlacedText | None, text("a file")] = entry(
        "a file that this one extends: its entries are merged or replaced", None
    )
    data: dict[Key, DataEntry] = entry("named arrays")
    recipe: OptionalName = entry(
        "a named composition of losses; `lossctl list --family recipe` shows them", None
    )
    params: Parameters = entry("parameters of the recipe", {})
    supervised: Annotated[
        Terms[Supervised],
        BeforeValidator(as_list, json_schema_input_type=list[Supervised] | Supervised),
    ] = entry("losses", [])
    rules: Terms[Rule] = entry("soft rules", [])
    constraints: Terms[Constraint] = entry("constraints", [])
    metrics: Annotated[
        list[MetricEntry],
        BeforeValidator(as_list, json_schema_input_type=list[MetricEntry] | MetricEntry),
    ] = entry("metrics to show beside the total, to which they add nothing", [])
    weights: GroupWeights = entry("weights of the kinds of terms", GroupWeights())
    temperature: Positive = entry("temperature of rules that set none", 1.0)
    semantics: OptionalSemantics = entry("of rules that set none", "product")
    implication: OptionalImplication = entry("of rules that set none", None)
    normalize: Normalize = entry("rescaling of components before weighting", Normalize())
    schedule: dict[Key, Schedule] = entry(
        "weights that change over checkpoints: of supervised, rule, constraint or a component", {}
    )
    gates: Gates = entry("limits; when one is exceeded, the exit code is 1", Gates())

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
