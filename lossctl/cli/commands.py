"""The commands: what each is for, and where it is; a command is imported when it is called."""

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup


class Command(NamedTuple):
    """A command: the module and the function it is in, and the first line of its help.

    The module may have further text for its help, named ``EXAMPLES``.
    """

    module: str
    function: str
    summary: str

    def build(self, name: str) -> Any:
        """Import the command and return what parses its command line."""
        module = import_module(f"lossctl.cli.{self.module}")
        examples = getattr(module, "EXAMPLES", "")
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(name, help=f"{self.summary}\n\n{examples}")(getattr(module, self.function))
        return typer.main.get_command(alone)


COMMANDS = {
    "compute": Command("compute", "compute", "Compute losses on saved predictions and targets."),
    "recommend": Command(
        "recommend", "recommend", "Recommend a loss: by questions, by options, or from the data."
    ),
    "run": Command(
        "run", "run", "Evaluate a weighted objective: losses, rules and constraints from one file."
    ),
    "list": Command("catalogue", "list_losses", "List the losses, by family."),
    "show": Command(
        "catalogue",
        "show",
        "Show a loss: formula, when to use it, parameters, inputs, expected range, curve.",
    ),
    "schema": Command(
        "schema", "schema", "Print the JSON Schema of a document that lossctl writes or reads."
    ),
    "init": Command(
        "init",
        "init",
        "Write a configuration for `lossctl run`, and the schema that editors check it with.",
    ),
}


class Commands(TyperGroup):
    """The commands by name; help lists them without importing any."""

    def __init__(self, **more: Any) -> None:
        """Know the names, for lists and the nearest spelling."""
        super().__init__(**more)
        self.commands = dict.fromkeys(COMMANDS, None)  # type: ignore[assignment]

    def get_command(self, _: Any, cmd_name: str) -> Any:
        """Return a command, which is imported now."""
        return COMMANDS[cmd_name].build(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, _: Any, formatter: Any) -> None:
        """Write what each command is for."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in COMMANDS.items()])
