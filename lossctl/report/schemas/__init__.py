"""JSON Schemas of the documents lossctl writes; they change by addition only.

Where a file says ``{"enum": "NAME"}`` the words are those that the code declares.
"""

import json
import re
from importlib.resources import files
from typing import get_args

from lossctl.core.options import OPTIONS
from lossctl.core.reading import DecidedBy, Kind, Status, Targets

ENUMERATIONS = {
    "status": get_args(Status),
    "reduction": OPTIONS["reduction"].domain.inside(),
    "kind": get_args(Kind),
    "decided_by": get_args(DecidedBy),
    "targets": get_args(Targets),
}
NAMED = re.compile(r'{"enum": "(\w+)"}')


def schema_text(name: str) -> str:
    """Return the text of a schema."""
    text = files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    return NAMED.sub(lambda found: json.dumps({"enum": ENUMERATIONS[found[1]]}), text)
