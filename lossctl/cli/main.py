"""Entry point: the commands, and the one place where errors become exit codes."""

import os
import sys
from typing import Annotated

import typer

from lossctl.cli import catalogue, compute, schema
from lossctl.version import __version__

OK, GATE_FAILED, USAGE, INVALID_DATA, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 70, 130

HELP = """Compute, choose and combine loss functions on saved predictions.

Exit codes: 0 fine; 1 a gate failed; 2 usage; 3 the data is invalid or the value not finite;
130 interrupted.
"""

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help answers in half the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("compute", help=compute.HELP)(compute.compute)
app.command("list")(catalogue.list_losses)
app.command("show")(catalogue.show)
app.command("schema")(schema.schema)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lossctl {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Take the options of every command; `--debug` is read in :func:`main`."""
    del version, debug


root.__doc__ = HELP


def main() -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:]
    debug = "--debug" in arguments or bool(os.environ.get("LOSSCTL_DEBUG"))
    arguments = [argument for argument in arguments if argument != "--debug"]
    sys.exit(run(arguments, debug=debug))


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command line; return its exit code."""
    from lossctl.cli.terminal import complain

    try:
        code = app(args=arguments, prog_name="lossctl", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return OK
    except Exception as error:
        if debug:
            raise
        code, message = explain(error)
        if message:
            complain(message)
    return code if isinstance(code, int) else OK


def explain(error: Exception) -> tuple[int, str]:
    """Return the exit code and the message for an error."""
    from lossctl.core.errors import LossctlError

    if isinstance(error, LossctlError):
        return error.exit_code, str(error)
    if isinstance(error, typer.Abort):
        return INTERRUPTED, ""
    if hasattr(error, "format_message"):  # what the option parser raises
        return USAGE, f"{error.format_message()} (see lossctl --help)"
    if isinstance(error, MemoryError):
        return INVALID_DATA, "not enough memory for this input"
    name = type(error).__name__
    return INTERNAL, f"internal error: {name}: {error}; --debug shows where; please report it"


def _discard_output() -> None:
    """Point standard output away from a pipe nobody reads, so that exiting stays quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
