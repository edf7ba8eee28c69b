"""`lossctl schema`: the JSON Schema of what lossctl writes."""

from typing import Annotated

import typer

from lossctl.cli import completion


def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="result: what `compute -f json` prints; recommendation: what `recommend` does; "
            "run: what `run` does; config: what `run` reads.",
            autocompletion=completion.choices("result", "recommendation", "run", "config"),
        ),
    ] = "result",
) -> None:
    """Print the JSON Schema of a document that lossctl writes or reads."""
    import json

    from lossctl.cli.terminal import say
    from lossctl.report.schema import schema as schema_of

    say(json.dumps(schema_of(name), indent=2, ensure_ascii=False))
