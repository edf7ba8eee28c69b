"""Records of a configuration: pydantic models whose errors name a place and the nearest spelling.

What a value may be, a domain says (``lossctl.core.domain``), so that a key accepts and refuses what
the option or the parameter of the same meaning does. pydantic gathers every error of a document and
writes the JSON Schema; the wording, and the way from an error to its place, stand here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import WithDefaultSchema, no_info_plain_validator_function

from lossctl.core.domain import Domain, Interval, schema_of
from lossctl.core.errors import LossctlError, together
from lossctl.core.spelling import did_you_mean, visible
from lossctl.objective.yaml_nodes import (
    ConfigurationError,
    Place,
    PlacedDict,
    PlacedText,
    YamlList,
    YamlMapping,
    YamlNode,
    describe_names,
    described,
    placed,
    refusal,
    with_places,
)

Location: TypeAlias = tuple[str | int, ...]
Mistake: TypeAlias = tuple[LossctlError, Location, str]  # below its record: where, and at which key
R = TypeVar("R", bound="Record")

# Types of errors whose text is final: what stands before it is made from the location.
OF_ENTRY = "of_entry"  # the path to the entry
OF_KEY = "of_key"  # that the key is unknown, and the path to its record
WHOLE = "whole"  # nothing


@dataclass(frozen=True, eq=False)
class Accepted:
    """Annotates a field with the function that accepts its values, and their JSON Schema."""

    accept: Callable[[Any], Any]
    schema: JsonSchemaValue

    def __get_pydantic_core_schema__(self, _: Any, __: Any) -> CoreSchema:
        return no_info_plain_validator_function(self.accept)

    def __get_pydantic_json_schema__(self, _: Any, __: Any) -> JsonSchemaValue:
        return dict(self.schema)


def in_domain(domain: Domain) -> Accepted:
    """Take the values of a domain; errors name the nearest spelling."""

    def accept(value: Any) -> Any:
        if isinstance(domain, Interval) and isinstance(value, str | bool | list | Mapping | None):
            raise ValueError(f"must be a number, got {described(value)}")  # noqa: TRY004 - pydantic's
        try:
            return domain.accept(value)
        except ValueError as error:
            names = [
                value_inside for value_inside in domain.inside() if isinstance(value_inside, str)
            ]
            hint = did_you_mean(value, names) if isinstance(value, str) else ""
            raise ValueError(f"{error}{hint}") from None

    return Accepted(accept, schema_of(domain))


def text(what: str) -> Accepted:
    """Take a text that is not empty; it keeps its place."""

    def accept(value: Any) -> PlacedText:
        if isinstance(value, PlacedText) and value.strip():
            return value
        raise ValueError(f"must be {what}, got {described(value)}")

    return Accepted(accept, {"type": "string", "minLength": 1})


def exactly(number: int) -> Accepted:
    """Take one whole number."""

    def accept(value: Any) -> int:
        if isinstance(value, bool) or value != number:
            raise ValueError(f"must be {number}, got {described(value)}")
        return number

    return Accepted(accept, {"const": number})


def number_or_name(domain: Interval) -> Accepted:
    """Take a number, or the name of data."""
    number, name = in_domain(domain), text("a number or the name of data")
    return Accepted(
        lambda value: (name if isinstance(value, str) else number).accept(value),
        {"anyOf": [number.schema, name.schema]},
    )


def _plain(value: Any) -> Any:
    """Return a number, a text, true, false, null or a flat list of these without places."""
    if isinstance(value, list) and not any(
        isinstance(entry_value, list | Mapping) for entry_value in value
    ):
        return [_plain(entry) for entry in value]
    if isinstance(value, list | Mapping):
        raise ValueError(f"must be a value or a flat list, got {described(value)}")  # noqa: TRY004
    return str(value) if isinstance(value, str) else value


FLAT = Accepted(_plain, {"type": ["number", "string", "boolean", "null", "array"]})


def entry(help: str, default: Any = ...) -> Any:  # noqa: A002
    """Declare a key of a record; without a default it must be given."""
    return Field(default, description=help)


def as_list(value: Any) -> Any:
    """Let one entry stand for a list of it."""
    return value if isinstance(value, list) else [value]


class Record(BaseModel):
    """A mapping with known keys, which keeps its place.

    Attributes
    ----------
    short_key
        The key that a value in the place of the mapping stands for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    short_key: ClassVar[str] = ""
    _place: Place = PrivateAttr()
    _key_places: Mapping[str, Place] = PrivateAttr(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self._place

    def place_of(self, key: str) -> Place | None:
        """Return where a key stands; None where it is not in a file."""
        place = getattr(key, "place", None) or self._key_places.get(key)
        return place if place is not None and place.is_in_file else None

    def mistakes(self) -> Iterator[Mistake]:
        """Yield what is wrong with keys that are right one by one."""
        return iter(())

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if cls.short_key and not isinstance(data, Mapping | list):
            data = PlacedDict({cls.short_key: data}, getattr(data, "place", None))
        try:
            record = handler(data)
            lines = [_line(WHOLE, error, at, key) for error, at, key in record.mistakes()]
        except ValidationError as error:
            # Worded here, from the inside out: further out nothing tells which record a key is of.
            lines = [cls._worded(line) for line in error.errors(include_url=False)]
        if lines:
            raise ValidationError.from_exception_data(cls.__name__, lines)
        if (place := getattr(data, "place", None)) is not None:
            record._place = place  # noqa: SLF001 - its own class
            keys = {str(key): key.place for key in data if isinstance(key, PlacedText)}
            record._key_places = keys  # noqa: SLF001
        return record

    @classmethod
    def _worded(cls, line: ErrorDetails) -> InitErrorDetails:
        """Give an error its final text, while it is known which record it is of."""
        kind, at, context = line["type"], line["loc"], line.get("ctx", {})
        if kind in {OF_ENTRY, OF_KEY, WHOLE}:  # of a record below
            return _line(kind, context["problem"], at, context["key"])
        key, above = str(at[-1]) if at else "", at[:-1]
        if kind == "missing":
            help_of_key = cls.model_fields[key].description
            return _line(OF_ENTRY, f"needs the key {key}: {help_of_key}", above)
        names = describe_names(list(cls.model_fields))
        if kind == "extra_forbidden":
            hint = did_you_mean(key, cls.model_fields) or f"; known are {names}"
            return _line(OF_KEY, hint, above, key)
        expected = {
            "list_type": "a list",
            "dict_type": "a mapping of names",
            "model_type": f"a mapping with {names}",
        }
        if kind in expected:
            problem = f"must be {expected[kind]}, got {described(line['input'])}"
        elif kind == "too_short":
            problem = "is an empty list; remove it or fill it"
        elif kind == "too_long":
            problem = f"has {context['actual_length']} entries, at most {context['max_length']}"
        else:
            problem = str(context["error"])
        return _line(OF_ENTRY, problem, at)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core))
        schema.pop("title", None)
        return {"anyOf": [schema["properties"][cls.short_key], schema]} if cls.short_key else schema


def _line(kind: str, problem: Any, at: Location, key: str = "") -> InitErrorDetails:
    error = PydanticCustomError(kind, kind, {"problem": problem, "key": key})
    return InitErrorDetails(type=error, loc=at, input=None)


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


def read_record(record: type[R], node: YamlNode) -> R:
    """Return a node as a record.

    Raises
    ------
    UsageError
        With every error, each at its file, line and column.
    """
    try:
        return record.model_validate(with_places(node))
    except ValidationError as error:
        errors = [_placed(line, node) for line in error.errors(include_url=False)]
    errors.sort(
        key=lambda placed_line: (
            str(placed_line[0].file),
            placed_line[0].line,
            placed_line[0].column,
        )
    )
    raise together(error for _, error in errors)


def _placed(line: ErrorDetails, node: YamlNode) -> tuple[Place, LossctlError]:
    """Follow the location of an error to its place; return that and the error as it is shown."""
    path = ""
    for part in line["loc"]:
        if isinstance(node, YamlList) and isinstance(part, int):
            path, node = f"{path}[{part}]", node.entries[part]
        elif isinstance(node, YamlMapping) and part in node.entries:
            path, node = f"{path}.{visible(str(part))}".lstrip("."), node.entries[str(part)]
        # else the key that a short form leaves out, or the name of a validator
    problem, key = line["ctx"]["problem"], line["ctx"]["key"]
    place = node.places[key] if isinstance(node, YamlMapping) and key in node.places else node.place
    if line["type"] == WHOLE:
        return place, placed(problem, place)
    message = f"{path or 'the configuration'} {problem}"
    if line["type"] == OF_KEY:
        where = f" in {path}" if path else ""
        message = f"unknown key {visible(repr(key))}{where}{problem}"
    return place, refusal(place, message) if place.line else ConfigurationError(message)
