"""JSON Schemas of the documents lossctl writes and reads; they change by addition only.

Where a file says ``{"enum": "NAME"}`` the words are those that the code declares, and where it says
``{"schema": "NAME"}`` there is the file of that name.
"""

import json
import re
from importlib.resources import files
from typing import Any, get_args

from lossctl.core.errors import UsageError
from lossctl.core.gate import GateKind, Verdict
from lossctl.core.options import OPTIONS, DecidedBy, Kind, Status, Targets
from lossctl.core.spelling import did_you_mean

SCHEMAS = (
    *("result", "comparison", "slices", "check", "calibration", "forecast", "picture"),
    *("recommendation", "race", "run", "totals", "config"),
)
ENUMERATIONS = {
    "status": get_args(Status),
    "reduction": OPTIONS["reduction"].domain.inside(),
    "kind": get_args(Kind),
    "decided_by": get_args(DecidedBy),
    "targets": get_args(Targets),
    "gate": get_args(GateKind),
    "verdict": get_args(Verdict),
}
NAMED = re.compile(r'{"enum": "(\w+)"}')
PART = re.compile(r'{"schema": "(\w+)"}')


def schema(name: str = "result") -> dict[str, Any]:
    """Return the JSON Schema of a document: result, comparison, slices, run, ….

    Raises
    ------
    UsageError
        For a name that is none of these, with the nearest one.

    Examples
    --------
    >>> schema("result")["$schema"]
    'https://json-schema.org/draft/2020-12/schema'
    """
    if name not in SCHEMAS:
        raise UsageError(
            f"unknown schema {name!r}; there is {', '.join(SCHEMAS)}{did_you_mean(name, SCHEMAS)}"
        )
    if name == "config":
        from lossctl.objective.config import schema as of_configurations

        return of_configurations()
    text = PART.sub(lambda part: _text_of(part[1]), _text_of(name))
    filled = NAMED.sub(lambda named: json.dumps({"enum": ENUMERATIONS[named[1]]}), text)
    return dict(json.loads(filled))


def _text_of(name: str) -> str:
    return files("lossctl.report.schemas").joinpath(f"{name}.json").read_text(encoding="utf-8")
