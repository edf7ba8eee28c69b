"""How inputs are read, as keys of a configuration: the options of `compute` that a term may set."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import GetPydanticSchema, create_model
from pydantic_core.core_schema import no_info_after_validator_function

from lossctl.core.domain import Choice
from lossctl.core.options import OPTIONS, OTHER
from lossctl.objective.config_record import FLAT, Record, entry, in_domain, text
from lossctl.objective.yaml_nodes import PlacedText

Key: TypeAlias = Annotated[str, text("a name")]
# An optional key has the default None, but a file that gives it gives a value: null is refused.
OptionalName: TypeAlias = Annotated[PlacedText | None, text("a name")]
Parameters: TypeAlias = dict[Key, Annotated[Any, FLAT]]

# Every option of the one table but those of the work, which are the run's; a term has one value.
_READING_KEYS: dict[str, Any] = {
    name: (
        Annotated[
            Any, in_domain(Choice(("mean", "sum")) if name == "reduction" else option.domain)
        ],
        entry(option.help, option.default),
    )
    for name, option in OPTIONS.items()
    if option.group != OTHER
}
READING = create_model("Reading", __base__=Record, __doc__="How inputs are read.", **_READING_KEYS)


def _options_in_file(reading: Record) -> dict[str, Any]:
    """Return the options that the file gives."""
    return {name: getattr(reading, name) for name in reading.model_fields_set}


Reading: TypeAlias = Annotated[
    Mapping[str, Any],
    GetPydanticSchema(
        lambda _, handler: no_info_after_validator_function(_options_in_file, handler(READING))
    ),
]
