"""The commands: what each is for, and where it is; what typer would load for them is spared.

A command is imported when it is called. Newer versions of typer build a pydantic adapter for every
option of a command, also for plain text, and importing pydantic takes a quarter of the time of a
small run: options here are text, paths and flags, and lossctl checks them itself, with its own
messages.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from lossctl.cli.help import GroupedCommand, write_sections


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
        text = f"{self.summary}\n\n{examples}"
        alone.command(name, cls=GroupedCommand, help=text)(getattr(module, self.function))
        return typer.main.get_command(alone)


class Group(NamedTuple):
    """Commands below one word: ``lossctl plot curve``."""

    summary: str
    commands: dict[str, Command]

    def build(self, name: str) -> Any:
        """Return what parses the rest of the command line; its commands are imported when used."""
        group = Commands(name=name, help=self.summary, rich_markup_mode=None)
        group.take(self.commands)
        return group


COMMANDS: dict[str, Command | Group] = {
    "compute": Command("compute", "compute", "Compute losses of saved predictions and targets."),
    "merge": Command("merge", "merge", "Print the result of all data from totals of its shards."),
    "compare": Command(
        "compare", "compare", "Compare models: which is better, and how sure that is."
    ),
    "slices": Command("slices", "slices", "Say for which rows a loss is worse than for the rest."),
    "check": Command("check", "check", "Look for mistakes in predictions, targets and a loss."),
    "calibrate": Command("calibrate", "calibrate", "Say how well predictions are calibrated."),
    "explain": Command("explain", "explain", "Explain a rule of check: what it finds, what to do."),
    "recommend": Command(
        "recommend", "recommend", "Recommend a loss: by questions, by options or from the data."
    ),
    "race": Command("race", "race", "Race losses or models on held-out rows, by a metric."),
    "run": Command("run", "run", "Evaluate a weighted sum of losses, rules and constraints."),
    "plot": Group(
        "Draw a picture of losses or of predictions.",
        {
            "curve": Command("plot.curve", "curve", "Draw losses over a residual or probability."),
            "reliability": Command(
                "plot.reliability", "reliability", "Draw what was seen for each probability."
            ),
            "pit": Command("plot.pit", "pit", "Draw where targets lie in their forecasts."),
            "landscape": Command(
                "plot.landscape", "landscape", "Draw a loss over scale and shift of predictions."
            ),
            "residuals": Command(
                "plot.residuals", "residuals", "Draw the residuals of a regression."
            ),
            "confusion": Command(
                "plot.confusion", "confusion", "Draw which classes are taken for which."
            ),
            "compare": Command(
                "plot.compare", "compare", "Draw differences between models, with intervals."
            ),
            "series": Command(
                "plot.series", "series", "Draw losses and metrics over checkpoints, or a log."
            ),
            "front": Command(
                "plot.front", "front", "Draw which candidate is best for which weight."
            ),
            "items": Command("plot.items", "items", "Draw where a loss comes from, row by row."),
        },
    ),
    "list": Command("show", "list_losses", "List the losses, by family."),
    "show": Command("show", "show", "Explain a loss: formula, parameters, inputs, when to use it."),
    "schema": Command("show", "schema", "Print the JSON Schema of what lossctl writes or reads."),
    "init": Command("init", "init", "Write a configuration for lossctl run to start from."),
}


DETAILS = "lossctl.details"  # whether the version is asked for with what it computes with


def every_command() -> dict[str, Command]:
    """Return the commands by the words that call them, those of groups too."""
    found: dict[str, Command] = {}
    for name, entry in COMMANDS.items():
        if isinstance(entry, Command):
            found[name] = entry
        else:
            found |= {f"{name} {below}": command for below, command in entry.commands.items()}
    return found


class Commands(TyperGroup):
    """The commands by name; help lists them without importing any."""

    def __init__(self, **more: Any) -> None:
        """Know the names, for lists and the nearest spelling."""
        super().__init__(**more)
        self.take(COMMANDS)

    def take(self, table: Mapping[str, Command | Group]) -> None:
        """Take the commands of a table."""
        self._table = table
        self.commands = dict.fromkeys(table, None)  # type: ignore[assignment]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse, and keep what is asked for beside the version, which answers before the rest."""
        ctx.meta[DETAILS] = "--verbose" in args
        return super().parse_args(ctx, args)

    def get_command(self, _: Any, cmd_name: str) -> Any:
        """Return a command, which is imported now."""
        return self._table[cmd_name].build(cmd_name) if cmd_name in self._table else None

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write what each command is for, then the options of all."""
        commands = [(name, command.summary) for name, command in self._table.items()]
        records = [parameter.get_help_record(ctx) for parameter in self.get_params(ctx)]
        options = [record for record in records if record is not None]
        for section in (("Commands", commands), ("Options", options)):
            write_sections(formatter, [section])


# The command line itself

HELP = """Compute, choose and combine loss functions on saved predictions.

Exit codes: 0 fine; 1 a gate failed; 2 usage, or the output cannot be written; 3 the data is invalid
or the value not finite; 4 undecided, where --undecided fail asks for it; 130, 143, 129 interrupted,
terminated, hung up; 70 a fault of lossctl.
"""

app = typer.Typer(
    cls=Commands,
    help=HELP,
    rich_markup_mode=None,  # plain help answers in half the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(ctx: typer.Context, asked: bool) -> None:
    if asked:
        from lossctl.version import __version__

        typer.echo(f"lossctl {__version__}")
        if ctx.meta[DETAILS]:
            from lossctl.kernels.numeric.primitives import versions

            typer.echo("\n".join(f"{name} {version}" for name, version in versions().items()))
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="With --version: also what it computes with.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Take the options of every command; `--debug` is read in ``lossctl.cli.main``."""
    del version, verbose, debug


root.__doc__ = HELP


# Options that typer passes on as they are

TEXT, TEXTS = str, list[str]


@cache
def take_plain_values() -> None:
    """Let typer pass on text, paths and flags as they are; elsewhere it does what it did.

    Versions of typer without adapters are left alone.
    """
    try:
        from typer._coercion import RuntimeParam

        core: Any = import_module("typer.core")
        build = core.build_runtime_param
    except (ImportError, AttributeError):
        return

    class PlainParam(RuntimeParam):
        def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
            plain = _plain(self.annotation, value)
            if plain is not None:
                return plain
            return build(param.type_descriptor).coerce(value, param=param, ctx=ctx)

    def build_plain(descriptor: Any) -> Any:
        info, annotation = descriptor.parameter_info, descriptor.annotation
        if annotation in {TEXT, Path, bool} or annotation == TEXTS:
            return PlainParam(info, annotation)
        return build(descriptor)

    core.build_runtime_param = build_plain


def _plain(annotation: Any, value: Any) -> Any:
    """Return a value as its annotation wants it; None where that takes more than a look."""
    if annotation in {TEXT, bool} and type(value) is annotation:
        return value
    if annotation is Path and isinstance(value, (str, Path)):
        return Path(value)
    if annotation == TEXTS and all(isinstance(entry, str) for entry in value):
        return list(value)
    return None
