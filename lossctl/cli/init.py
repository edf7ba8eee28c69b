"""`lossctl init`: write a configuration to start from."""

from pathlib import Path
from typing import Annotated

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.help import WRITTEN
from lossctl.core.errors import UsageError
from lossctl.core.spelling import visible

KINDS = ("objective", "logic", "vae", "detection", "segmentation", "pix2pix", "logical")


def init(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="The file to write; objective.yaml when not given.",
            rich_help_panel=WRITTEN,
            show_default=False,
        ),
    ] = Path("objective.yaml"),
    kind: Annotated[
        str,
        cli.option(
            WRITTEN,
            "objective (rules and constraints computed before), logic (rules and constraints as "
            "formulas), or a recipe: vae, detection, segmentation, pix2pix or logical.",
            "--kind",
            metavar="KIND",
            autocompletion=cli.completes(*KINDS),
        ),
    ] = "objective",
    force: Annotated[bool, cli.option(WRITTEN, "Overwrite a file that exists.", "--force")] = False,
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
