"""Write the type stubs of lossctl: every loss as a function, and the public names.

Run ``python tools/stubs.py`` to write them, with ``--check`` to exit 1 when they are not what would
be written. They are made from the declarations of the losses and the table of options.
"""

import argparse
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from textwrap import indent
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from numpy.typing import NDArray

import lossctl
from lossctl import api
from lossctl.core.options import OPTIONS
from lossctl.data_places import DATA_NAMES, Data
from lossctl.evaluation import Outputs
from lossctl.function_docs import docstring_of, signature_of
from lossctl.loss_specs import resolve
from lossctl.losses.catalogue import CATALOGUE, FAMILIES, RECIPES

PACKAGE = Path(lossctl.__file__).parent
WIDTH = 100
HEAD = '"""{}"""\n\n# Written by tools/stubs.py; do not edit.\n\n'
ONE_VALUE = "Literal['mean', 'sum']"
ARRAY = inspect.formatannotation(NDArray[Any])
LOSS = "_Loss"
ANNOTATIONS = {"loss": LOSS, "losses": f"Sequence[{LOSS}]", "inputs": "_Data"}  # in the API
DATA = """\
class _Tensor(Protocol):
    def __dlpack__(self, *arguments: Any, **keywords: Any) -> Any: ...

_Data: TypeAlias = ArrayLike | PathLike[str] | _Tensor
"""
LOSSES_IMPORTS = f"""\
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Protocol, TypeAlias, overload

from numpy.typing import ArrayLike, NDArray

{DATA}"""
API_IMPORTS = """\
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from numpy.typing import ArrayLike, NDArray

from lossctl import losses as losses
"""
API_TYPES = f"""\
{DATA}_Named: TypeAlias = str | Loss | Callable[..., Any]
_Loss: TypeAlias = _Named | tuple[_Named, Mapping[str, Any]]
"""


def written(annotation: Any) -> str:
    """Return an annotation as a stub writes it."""
    if annotation is inspect.Parameter.empty:
        return "_Data"
    if get_origin(annotation) in {Union, UnionType}:
        return " | ".join(map(written, get_args(annotation)))
    if annotation is NoneType:
        return "None"
    text = inspect.formatannotation(annotation).replace(ARRAY, "NDArray[Any]")
    return re.sub(
        r"\b(?:typing|collections\.abc|numpy\.typing|pathlib|lossctl(?:\.\w+)+)\.", "", text
    )


def argument(parameter: inspect.Parameter, annotation: str) -> str:
    """Write one argument."""
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"*{parameter.name}: {annotation}"
    if parameter.kind is parameter.VAR_KEYWORD:
        return f"**{parameter.name}: {annotation}"
    if parameter.default is parameter.empty:
        return f"{parameter.name}: {annotation}"
    if parameter.default is None and "None" not in annotation and annotation != "Any":
        annotation += " | None"
    return f"{parameter.name}: {annotation} = {parameter.default!r}"


def definition(name: str, arguments: Iterable[str], answer: str, doc: str = "") -> str:
    """Write a function, as many arguments on a line as fit."""
    lines = [""]
    for argument in arguments:
        longer = f"{lines[-1]} {argument},".strip()
        lines[-1:] = [longer] if len(longer) <= WIDTH - 4 else [lines[-1], f"{argument},"]
    head = "\n    ".join([f"def {name}(", *lines]) + f"\n) -> {answer}:"
    if not doc:
        return f"{head} ...\n"
    quotes = 'r"""' if "\\" in doc else '"""'
    return f"{head}\n{indent(quotes + doc, '    ')}\n    " + '"""\n'


def loss_function(name: str) -> str:
    """Write a loss or a recipe: a float, or an array where every item has its own."""
    target = resolve(name)
    every = signature_of(target).parameters
    arguments, starred = [], False
    for parameter in every.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            arguments.append("*")
        starred = starred or parameter.kind in {parameter.VAR_POSITIONAL, parameter.KEYWORD_ONLY}
        annotation = ONE_VALUE if parameter.name == "reduction" else written(parameter.annotation)
        arguments.append(argument(parameter, annotation))
    one_value = definition(
        name, arguments, "float", docstring_of(target, without=("Returns", "Raises"))
    )
    if "reduction" not in every:
        return one_value
    per_item = ["*inputs: _Data", 'reduction: Literal["none"]', "**keywords: Any"]
    return f"@overload\n{definition(name, per_item, 'NDArray[Any]')}@overload\n{one_value}"


def losses_stub() -> Iterator[str]:
    """Yield the parts of the stub of ``lossctl.losses``."""
    yield HEAD.format("Every loss and recipe as a function of arrays or of places to read from.")
    yield f"{LOSSES_IMPORTS}\n"
    names = [*CATALOGUE, *(name for name in RECIPES if name not in FAMILIES)]
    yield "\n".join(map(loss_function, names))
    yield "\n"
    for name, entry in CATALOGUE.items():
        yield from (f"{alias} = {name}\n" for alias in entry.aliases)


def api_function(function: Callable[..., Any]) -> str:
    """Write a function of the API, with the keywords it takes by name."""
    signature = inspect.signature(function)
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    arguments = ["*"] if kinds[0] is inspect.Parameter.KEYWORD_ONLY else []
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            arguments += keywords(writes_files="gradient" not in function.__name__)
        arguments.append(
            argument(parameter, ANNOTATIONS.get(parameter.name, written(parameter.annotation)))
        )
    doc = inspect.getdoc(function) or ""
    return definition(function.__name__, arguments, written(signature.return_annotation), doc)


def keywords(*, writes_files: bool) -> Iterator[str]:
    """Yield the keywords that the functions of the API take."""
    for names, of in ((DATA_NAMES, Data), (api.OUTPUT_NAMES if writes_files else (), Outputs)):
        fields = inspect.signature(of).parameters
        for name in names:
            field = fields[name].replace(kind=inspect.Parameter.KEYWORD_ONLY)
            yield argument(field, written(field.annotation))
    for option in OPTIONS.values():
        yield f"{option.name}: {written(option.domain.annotation)} = {option.default!r}"


def takes_keywords(public: object) -> bool:
    """Whether an object is a function that takes the keywords of a loss, or of a table."""
    if not inspect.isfunction(public):
        return False
    every = inspect.signature(public).parameters.values()
    of_a_loss = public.__module__ == api.__name__ and any(p.kind is p.VAR_KEYWORD for p in every)
    return of_a_loss or hasattr(public, "__signature__")


def api_stub() -> Iterator[str]:
    """Yield the parts of the stub of ``lossctl``."""
    yield HEAD.format((lossctl.__doc__ or "").strip())
    public = {name: getattr(lossctl, name) for name in lossctl.__all__}
    functions = {name: function for name, function in public.items() if takes_keywords(function)}
    homes = {name: home for name, home in lossctl._HOMES.items() if name not in functions}
    yield API_IMPORTS
    yield from (f"from {home} import {name} as {name}\n" for name, home in sorted(homes.items()))
    yield f"\n{API_TYPES}\n"
    yield "\n".join(map(api_function, functions.values()))


def stubs() -> dict[Path, str]:
    """Return the text of every stub, by its file."""
    return {
        PACKAGE / "__init__.pyi": "".join(api_stub()),
        PACKAGE / "losses" / "__init__.pyi": "".join(losses_stub()),
    }


def main() -> int:
    """Write the stubs, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 when they are out of date")
    check = parser.parse_args().check
    stale = [
        path for path, text in stubs().items() if not path.is_file() or path.read_text() != text
    ]
    for path in stale:
        if not check:
            path.write_text(stubs()[path], encoding="utf-8")
        sys.stderr.write(
            f"{path}: {'not up to date; python tools/stubs.py' if check else 'written'}\n"
        )
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
