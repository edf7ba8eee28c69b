"""`lossctl init`: write a configuration to start from."""

from pathlib import Path
from typing import Annotated

import typer

from lossctl.cli import completion

KINDS = ("objective", "logic", "vae", "detection", "segmentation", "pix2pix", "logical")


def init(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file to write.", show_default=False)
    ] = Path("objective.yaml"),
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="KIND",
            autocompletion=completion.choices(*KINDS),
            help="objective (values of rules and constraints from files), logic (rules and "
            "constraints as formulas), or a recipe.",
        ),
    ] = "objective",
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that exists.")] = False,
) -> None:
    """Write a configuration for `lossctl run`, and the schema that editors check it with."""
    import json

    from lossctl.cli.terminal import note, say
    from lossctl.core.errors import UsageError
    from lossctl.core.spelling import did_you_mean
    from lossctl.io.write import check_folder, write_text
    from lossctl.objective.model import schema
    from lossctl.objective.starters import SCHEMA_NAME, starter

    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        raise UsageError(f"--kind must be one of {', '.join(KINDS)}, got {kind!r}{hint}")
    check_folder(path)
    if path.exists() and not force:
        raise UsageError(f"{path} exists already; --force overwrites it")
    beside = path.parent / SCHEMA_NAME
    write_text(path, starter(kind))
    write_text(beside, json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
    say(str(path))
    note(f"editors check it with {beside}; put your files under data, then: lossctl run {path}")
