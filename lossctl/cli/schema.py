"""`lossctl schema`: the JSON Schema of what lossctl writes."""

from typing import Annotated

import typer

SCHEMAS = ("result", "recommendation", "run", "config")


def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="result: what `compute -f json` prints; recommendation: what `recommend` does; "
            "run: what `run` does; config: what `run` reads.",
            autocompletion=lambda incomplete: [s for s in SCHEMAS if s.startswith(incomplete)],
        ),
    ] = "result",
) -> None:
    """Print the JSON Schema of a document that lossctl writes or reads."""
    from lossctl.cli.terminal import say
    from lossctl.core.errors import UsageError
    from lossctl.core.spelling import did_you_mean
    from lossctl.report.schemas import schema_text

    if name not in SCHEMAS:
        raise UsageError(
            f"unknown schema {name!r}; there is {', '.join(SCHEMAS)}{did_you_mean(name, SCHEMAS)}"
        )
    if name == "config":
        import json

        from lossctl.objective.model import schema as config_schema

        say(json.dumps(config_schema(), indent=2, ensure_ascii=False))
    else:
        say(schema_text(name))
