"""How options of the shell are declared, and the options of commands that read no data.

``shell_options`` has the others, which take longer to import.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from lossctl.cli.help import OUTPUT

OTHER = "Other"  # the heading of ``core.options``, which takes longer to import


def completes(*choices: str) -> Callable[[str], list[str]]:
    """Return a completion of a few fixed names."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in choices if name.startswith(incomplete)]

    return complete


def completed(what: str) -> Callable[[typer.Context, str], list[str]]:
    """Return a completion of ``lossctl.cli.completion``, which only a completing shell imports."""

    def complete(context: typer.Context, incomplete: str) -> list[str]:
        from lossctl.cli import completion

        names: list[str] = getattr(completion, what)(context, incomplete)
        return names

    return complete


def option(group: str, text: str, *flags: str, **more: Any) -> Any:
    """Declare an option of the shell that stands under a heading of the help."""
    return typer.Option(*flags, help=text, rich_help_panel=group, **more)


def one_of(group: str, choices: str, text: str, *flags: str, metavar: str | None = None) -> Any:
    """Declare an option that takes one of ``a|b|c``, which the shell completes."""
    complete = completes(*choices.split("|"))
    return option(group, text, *flags, metavar=metavar or choices, autocompletion=complete)


Plugin = Annotated[
    list[str] | None,
    option(OTHER, "Python file that defines further losses; it is run.", metavar="FILE"),
]


def load_plugins(files: Sequence[str] | None) -> None:
    """Load the losses of the Python files named by --plugin."""
    for file in files or []:
        from lossctl.loss_specs import load_plugin

        load_plugin(file)


NoPager = Annotated[
    bool, option(OUTPUT, "Print long answers at once, even on a terminal.", "--no-pager")
]
