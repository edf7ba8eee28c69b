"""`lossctl schema`: the JSON Schema of what lossctl writes."""

from typing import Annotated

import typer

SCHEMAS = ("result", "recommendation")


def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="result: what `compute -f json` prints; recommendation: what `recommend` does.",
            autocompletion=lambda incomplete: [s for s in SCHEMAS if s.startswith(incomplete)],
        ),
    ] = "result",
) -> None:
    """Print the JSON Schema of a document that lossctl writes."""
    from lossctl.cli.terminal import say
    from lossctl.core.errors import UsageError
    from lossctl.core.spelling import did_you_mean
    from lossctl.report.schemas import schema_text

    if name not in SCHEMAS:
        raise UsageError(
            f"unknown schema {name!r}; there is {', '.join(SCHEMAS)}{did_you_mean(name, SCHEMAS)}"
        )
    say(schema_text(name))
