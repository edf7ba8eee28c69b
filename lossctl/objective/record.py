"""Records of a configuration: pydantic models whose errors name a place and the nearest spelling.

What a value may be, a domain says (``lossctl.core.domain``), so that a key accepts and refuses what
the option or the parameter of the same meaning does. pydantic gathers every error of a document and
writes the JSON Schema; the wording, and the way from an error to its place, stand here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol, Self, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import (
    WithDefaultSchema,
    no_info_before_validator_function,
    no_info_plain_validator_function,
)

from lossctl.core.domain import Interval, schema_of
from lossctl.core.errors import LossctlError, together
from lossctl.core.spelling import did_you_mean, visible
from lossctl.objective.nodes import (
    Entries,
    Items,
    Node,
    Place,
    PlacedMapping,
    Word,
    describe_names,
    described,
    placed,
    refusal,
    with_places,
)

Location: TypeAlias = tuple[str | int, ...]
R = TypeVar("R", bound="Record")
# Types of errors whose text is final: what stands before it is made from the location.
OF_ENTRY = "of_entry"  # the path to the entry
OF_KEY = "of_key"  # that the key is unknown, and the path to its record
WHOLE = "whole"  # nothing


class Values(Protocol):
    """What an entry may hold: a domain, or one of the kinds below."""

    def accept(self, value: Any) -> Any:
        """Return a value in its normal form; raise ``ValueError`` saying what is allowed."""
        ...


@dataclass(frozen=True)
class Text:
    """A text that is not empty; it keeps its place."""

    what: str

    def accept(self, value: Any) -> Word:
        """Return the text."""
        if isinstance(value, Word) and value.strip():
            return value
        raise ValueError(f"must be {self.what}, got {described(value)}")

    def schema(self) -> JsonSchemaValue:
        """A text."""
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class Texts:
    """One text, or a list of texts."""

    what: str

    def accept(self, value: Any) -> Word | tuple[Word, ...]:
        """Return the text, or the texts as a tuple."""
        text = Text(self.what)
        if isinstance(value, list) and value:
            return tuple(text.accept(entry) for entry in value)
        return text.accept(value)

    def schema(self) -> JsonSchemaValue:
        """A text, or an array of texts."""
        text = Text(self.what).schema()
        return {"anyOf": [text, {"type": "array", "items": text, "minItems": 1}]}


@dataclass(frozen=True)
class NumberOr:
    """A number, or the name of data."""

    number: Interval

    def accept(self, value: Any) -> float | Word:
        """Return the number or the name."""
        if isinstance(value, str):
            return Text("a number or the name of data").accept(value)
        return Of(self.number).accept(value)

    def schema(self) -> JsonSchemaValue:
        """A number or a text."""
        return {"anyOf": [self.number.schema(), {"type": "string", "minLength": 1}]}


@dataclass(frozen=True)
class Flat:
    """A parameter of a loss: a number, a text, true, false, null or a flat list of these."""

    def accept(self, value: Any) -> Any:
        """Return the value without places."""
        if isinstance(value, list) and not any(isinstance(one, list | Mapping) for one in value):
            return [self.accept(entry) for entry in value]
        if isinstance(value, list | Mapping):  # pydantic takes no TypeError for a refusal
            raise ValueError(f"must be a value or a flat list, got {described(value)}")  # noqa: TRY004
        return str(value) if isinstance(value, str) else value

    def schema(self) -> JsonSchemaValue:
        """Anything flat."""
        return {"type": ["number", "string", "boolean", "null", "array"]}


@dataclass(frozen=True)
class Of:
    """Annotates a field with the values it may hold."""

    values: Values

    def accept(self, value: Any) -> Any:
        """Return a value in its normal form; an error names the nearest spelling."""
        if isinstance(self.values, Interval) and _is_no_number(value):
            raise ValueError(f"must be a number, got {described(value)}")
        try:
            return self.values.accept(value)
        except ValueError as error:
            inside: list[Any] = getattr(self.values, "inside", list)()
            names = [one for one in inside if isinstance(one, str)]
            hint = did_you_mean(value, names) if isinstance(value, str) else ""
            raise ValueError(f"{error}{hint}") from None

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_plain_validator_function(self.accept)

    def __get_pydantic_json_schema__(self, _: Any, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return schema_of(self.values)


def _is_no_number(value: Any) -> bool:
    return value is None or isinstance(value, str | bool | list | Mapping)


class OneOrMore:
    """Annotates a list in whose place one entry may stand."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_before_validator_function(
            lambda value: value if isinstance(value, list) else [value], handler(source)
        )

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        array = handler(core)
        return {"anyOf": [array, array["items"]]}


def entry(help: str, default: Any = ...) -> Any:  # noqa: A002
    """Declare a key of a record; without a default it must be given."""
    return Field(default, description=help)


class Mistake(NamedTuple):
    """What is wrong with a record beyond its single keys.

    Attributes
    ----------
    where
        Location of the entry below the record.
    key
        The key of the entry there that is meant, if it is a key.
    """

    error: LossctlError
    where: Location = ()
    key: str = ""


class Record(BaseModel):
    """A mapping with known keys, which keeps its place.

    Attributes
    ----------
    short
        The key that a value in the place of the mapping stands for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    short: ClassVar[str] = ""
    _place: Place = PrivateAttr()

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self._place

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if cls.short and not isinstance(data, Mapping | list):
            data = PlacedMapping({cls.short: data}, getattr(data, "place", None))
        try:
            record = handler(data)
        except ValidationError as error:
            lines = [cls._worded(line) for line in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(cls.__name__, lines) from None
        mistakes = [_line(WHOLE, e, where, key=key) for e, where, key in record.mistakes()]
        if mistakes:
            raise ValidationError.from_exception_data(cls.__name__, mistakes)
        if (place := getattr(data, "place", None)) is not None:
            record._place = place  # noqa: SLF001 - its own class
        return record

    def mistakes(self) -> Iterator[Mistake]:
        """Yield what is wrong with keys that are right one by one."""
        return iter(())

    @classmethod
    def _worded(cls, line: ErrorDetails) -> InitErrorDetails:
        """Give an error its final text, while it is known which record it is of."""
        kind, where, context = line["type"], line["loc"], line.get("ctx", {})
        if kind in {OF_ENTRY, OF_KEY, WHOLE}:
            return _line(kind, context["problem"], where, key=context["key"])
        name, above = str(where[-1]) if where else "", where[:-1]
        if kind == "missing":
            help_of_key = cls.model_fields[name].description
            return _line(OF_ENTRY, f"needs the key {name}: {help_of_key}", above)
        if kind == "extra_forbidden":
            known = f"; known are {describe_names(list(cls.model_fields))}"
            return _line(OF_KEY, did_you_mean(name, cls.model_fields) or known, above, key=name)
        return _line(OF_ENTRY, cls._problem(kind, line["input"], context), where)

    @classmethod
    def _problem(cls, kind: str, value: Any, context: Mapping[str, Any]) -> str:
        """Say what is wrong with a value, by the type of pydantic's error."""
        if kind == "value_error":
            return str(context["error"])
        if kind == "too_short":
            return "is an empty list; drop it or fill it"
        if kind == "too_long":
            return f"has {context['actual_length']} entries, at most {context['max_length']}"
        wanted = {
            "list_type": "a list",
            "dict_type": "a mapping of names",
            "literal_error": context.get("expected"),
            "model_type": f"a mapping with {describe_names(list(cls.model_fields))}",
        }
        return f"must be {wanted[kind]}, got {described(value)}"

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core))
        schema.pop("title", None)
        return {"anyOf": [schema["properties"][cls.short], schema]} if cls.short else schema


def _line(kind: str, problem: Any, where: Location, *, key: str = "") -> InitErrorDetails:
    error = PydanticCustomError(kind, kind, {"problem": problem, "key": key})
    return InitErrorDetails(type=error, loc=where, input=None)


class PlainSchema(GenerateJsonSchema):
    """JSON Schema without titles that repeat the names of fields, and without defaults of None."""

    def field_title_should_be_set(self, _: Any) -> bool:
        """Leave the title out."""
        return False

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """Write a default that is a value."""
        if schema.get("default") is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def read_record(record: type[R], node: Node) -> R:
    """Return a node as a record.

    Raises
    ------
    UsageError
        With every error, each at its file, line and column.
    """
    try:
        return record.model_validate(with_places(node))
    except ValidationError as error:
        found = [_placed(line, node) for line in error.errors(include_url=False)]
    found.sort(key=lambda one: (str(one[0].file), one[0].line, one[0].column))
    raise together([one for _, one in found])


def _placed(line: ErrorDetails, node: Node) -> tuple[Place, LossctlError]:
    """Follow the location of an error to its place; return it and the error with its message."""
    path = ""
    for part in line["loc"]:
        if isinstance(node, Items) and isinstance(part, int):
            path, node = f"{path}[{part}]", node.entries[part]
        elif isinstance(node, Entries) and part in node.entries:
            path, node = f"{path}.{visible(str(part))}".lstrip("."), node.entries[str(part)]
        # else the key that a short form leaves out, or the name of a validator
    problem, key = line["ctx"]["problem"], line["ctx"]["key"]
    place = node.places[key] if isinstance(node, Entries) and key in node.places else node.place
    if line["type"] == WHOLE:
        return place, placed(problem, place)
    if line["type"] == OF_KEY:
        return place, refusal(
            place, f"unknown key {visible(repr(key))}{' in ' * bool(path)}{path}{problem}"
        )
    return place, refusal(place, f"{path or 'the file'} {problem}")
