"""`lossctl init`: write a configuration to start from."""

from pathlib import Path
from typing import Annotated

import typer

from lossctl.cli import shell_options as cli
from lossctl.core.errors import UsageError
from lossctl.core.spelling import visible

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
            autocompletion=cli.completes(*KINDS),
            help="objective (values of rules and constraints from files), logic (rules and "
            "constraints as formulas), or a recipe.",
        ),
    ] = "objective",
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that exists.")] = False,
) -> None:
    """Write a configuration for `lossctl run`, and the schema that editors check it with."""
    from lossctl.cli.output import note, say
    from lossctl.objective import config_files

    if path.exists() and not force:
        raise UsageError(f"{path} exists already; --force overwrites it")
    written = config_files.init(path, kind=kind, force=force)
    beside = written.parent / config_files.SCHEMA_NAME
    say(visible(str(written)))
    note(f"editors check it with {beside}; put your files under data, then: lossctl run {written}")
