"""Entry point: the commands, and the one place where errors become exit codes."""

import contextlib
import io
import os
import sys
import traceback
from typing import Annotated

import typer

from lossctl.cli import commands
from lossctl.core.errors import INTERNAL, INTERRUPTED, INVALID_DATA, OK, USAGE
from lossctl.version import __version__

HELP = """Compute, choose and combine loss functions on saved predictions.

Exit codes: 0 fine; 1 a gate failed; 2 usage; 3 the data is invalid or the value not finite;
130 interrupted.
"""

app = typer.Typer(
    cls=commands.Commands,
    help=HELP,
    rich_markup_mode=None,  # plain help answers in half the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(asked: bool) -> None:
    if asked:
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
    if "_LOSSCTL_COMPLETE" in os.environ:
        from lossctl.cli.completion import join_words_bash_split

        if prefix := join_words_bash_split(os.environ):
            sys.exit(_complete_after(prefix))
    arguments = sys.argv[1:]
    debug = "--debug" in arguments or bool(os.environ.get("LOSSCTL_DEBUG"))
    sys.exit(run([argument for argument in arguments if argument != "--debug"], debug=debug))


def _complete_after(prefix: str) -> int:
    """Print the completions without the part of the word that bash keeps."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        code = run([])
    sys.stdout.writelines(line.removeprefix(prefix) for line in printed.getvalue().splitlines(True))
    return code


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command line; return its exit code."""
    from lossctl.cli import output

    commands.take_plain_values()
    output.prepare_streams()
    command = arguments[0] if arguments and not arguments[0].startswith("-") else ""
    # "-::column" is standard input with a selector, not an option
    arguments = [f"/dev/stdin{a[1:]}" if a.startswith("-::") else a for a in arguments]
    try:
        code = app(args=arguments or ["--help"], prog_name="lossctl", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except SystemExit as stop:  # of completion, and of typer itself
        if stop.code:  # typer leaves so when nobody reads its output
            output.discard_output()
        return OK
    except BrokenPipeError:
        output.discard_output()
        return OK
    except Exception as error:  # noqa: BLE001 - the one place where errors become exit codes
        if debug:
            traceback.print_exc()
        code, lines = explain(error, command)
        output.complain(*lines)
        if isinstance(error, OSError):
            output.discard_output()  # what is left in the buffer would fail again at exit
    return code if isinstance(code, int) else OK


def explain(error: Exception, command: str = "") -> tuple[int, tuple[str, ...]]:
    """Return the exit code and the lines of the message for an error."""
    from lossctl.core.errors import LossctlError

    if isinstance(error, LossctlError):
        first, *rest = error.lines
        return error.exit_code, (_as_option(first), *rest)
    if hasattr(error, "format_message"):  # what the option parser raises
        message = error.format_message().rstrip(".")
        words = ["lossctl", *([command] if command in commands.COMMANDS else []), "--help"]
        return USAGE, (f"{message} (see {' '.join(words)})",)
    if isinstance(error, MemoryError):
        return INVALID_DATA, ("not enough memory for this input",)
    if place := _place_in_plugin(error):
        return USAGE, (f"{place}: {type(error).__name__}: {error}",)
    if isinstance(error, OSError):
        return USAGE, (f"cannot read or write: {error.strerror or error}",)
    name = type(error).__name__
    return INTERNAL, (f"internal error: {name}: {error}; --debug shows where; please report it",)


def _place_in_plugin(error: Exception) -> str:
    """Return the file and line of a plugin that raised an error."""
    if "lossctl.losses.plugins" not in sys.modules:
        return ""
    from lossctl.losses.plugins import place_in_plugin

    return place_in_plugin(error)


def _as_option(message: str) -> str:
    """Spell the option a message of the library begins with as the command line does."""
    from lossctl.core.options import OPTIONS
    from lossctl.evaluation import DATA_NAMES, Outputs

    first = message.split(" ", 1)[0]
    word = first.rstrip(":")
    if first == "header:":
        return f"--no-header{message[len(word) :]}"
    if first.endswith(":") and word in {*DATA_NAMES, *Outputs._fields}:
        return f"--{word.replace('_', '-')}{message[len(word) :]}"
    if word == "background":
        return f"--no-background{message[len(word) :]}"
    spelled = f"--{word.replace('_', '-')}{message[len(word) :]}"
    return spelled if word in {*OPTIONS, "fail_over", "tolerance"} else message
