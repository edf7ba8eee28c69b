"""Read what the shell says of inputs: files, pairs NAME=PLACE, tables, plugins."""

from collections.abc import Sequence

from lossctl.core.errors import UsageError
from lossctl.core.spec import parse_spec
from lossctl.core.spelling import did_you_mean
from lossctl.engine.bind.inputs import input_names
from lossctl.engine.plan import GROUP
from lossctl.evaluation import WEIGHTS, Spec, load_plugin, resolve
from lossctl.io.registry import stream_form


def load_plugins(files: Sequence[str] | None) -> None:
    """Load the losses of the Python files named by --plugin."""
    for file in files or []:
        load_plugin(file)


def read_specs(texts: Sequence[str] | None) -> list[Spec]:
    """Read every --loss; none at all is an error."""
    if not texts:
        raise UsageError("say which loss with --loss (lossctl list shows them all)")
    specs = []
    for text in texts:
        try:
            name, params = parse_spec(text)
        except UsageError as error:
            raise UsageError(f"--loss {error}") from None
        if "," in name:
            one_by_one = " ".join(f"-l {part.strip()}" for part in name.split(","))
            raise UsageError(f"--loss {text!r}: takes one loss; several are {one_by_one}")
        specs.append(Spec(resolve(name), params))
    return specs


def read_pairs(
    option: str, texts: Sequence[str] | None, example: str, specs: Sequence[Spec]
) -> dict[str, str]:
    """Read the pairs INPUT=PLACE of an option; each input may be named once."""
    known = [*input_names_of(specs), *((WEIGHTS, GROUP) if option == "--column" else ())]
    pairs: dict[str, str] = {}
    for text in texts or []:
        name, equals, rest = text.partition("=")
        if not equals or not rest:
            raise UsageError(f"{option} {text!r}: expected {example}")
        if name not in known:
            hint = did_you_mean(name, known)
            raise UsageError(f"{option} {text!r}: inputs are {', '.join(known)}{hint}")
        if name in pairs:
            raise UsageError(f"{option} names {name} twice")
        pairs[name] = rest
    return pairs


def input_names_of(specs: Sequence[Spec]) -> list[str]:
    """Return the names of the inputs of several losses, each once."""
    return list(dict.fromkeys(name for spec in specs for name in input_names(spec.target)))


def read_delimiter(text: str | None) -> str | None:
    """Read one character, or a backslash and a t for a tab."""
    if text is not None and len(text := text.replace("\\t", "\t")) != 1:
        raise UsageError(f"--delimiter must be one character, got {text!r}")
    return text


def read_stdin_format(name: str | None) -> str | None:
    """Return the format of standard input, if it is one."""
    try:
        return name if name is None else stream_form(name).name
    except UsageError as error:
        raise UsageError(f"--stdin-format {error}") from None
