"""Entry point: the one place where errors, signals and broken streams become exit codes."""

# Signals are to be answered from the first moment on: what is slow is imported inside of functions.
from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing itself is slow
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any
else:
    import _signal as signal  # built in; signal reads enum

YOUNG = 100_000  # objects: a small command makes fewer, and looks for no cycles among them
SPIN = "4"  # 2^4 cycles: OpenBLAS has its threads wait for work for 2^26, which keeps a core busy
ENDING = ("SIGINT", "SIGTERM", "SIGHUP")  # what ends a run, with the exit code 128 + its number


class _Signals:
    """The signal that ends this run, and whether there is anything to clean up before it does."""

    def __init__(self) -> None:
        self.at_work = False
        self.received = 0

    @property
    def code(self) -> int:
        """The exit code of the signal that was received; 0 if none was."""
        return 128 + self.received if self.received else 0

    def answer(self) -> None:
        """Take the signals from now on; one that the caller has us ignore stays ignored."""
        self.at_work, self.received = False, 0
        sys.unraisablehook = self.unraisable
        self._handle(self.end)

    def ignore(self) -> None:
        """Let the exit code, which is known now, be what it is."""
        self._handle(signal.SIG_IGN)

    def _handle(self, handler: Any) -> None:
        for number in (getattr(signal, name) for name in ENDING if hasattr(signal, name)):
            if signal.getsignal(number) is not signal.SIG_IGN:
                try:
                    signal.signal(number, handler)
                except ValueError:  # only the main thread may ask for signals
                    return

    def end(self, number: int, _frame: FrameType | None) -> None:
        """End the run: at once where nothing is open, else as an error, which closes it first."""
        if self.received and number == getattr(signal, "SIGHUP", 0):
            return  # a terminal that is closed sends it twice
        if self.received or not self.at_work:
            os._exit(128 + (self.received or number))
        self.received = number
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    def unraisable(self, lost: Any) -> None:
        """Signal again where Python has to drop an error, as in what a weak reference calls."""
        if not self.received:
            sys.__unraisablehook__(lost)
        elif isinstance(lost.exc_value, KeyboardInterrupt | SystemExit):
            from threading import Timer, get_ident

            number, self.received = self.received, 0
            Timer(0.01, signal.pthread_kill, (get_ident(), number)).start()  # not from in here


signals = _Signals()


def main() -> None:
    """Run the command line and exit with its code."""
    signals.answer()
    import atexit
    import gc

    gc.set_threshold(YOUNG)
    atexit.register(gc.freeze)  # else Python looks for cycles on its way out, longer than it ran
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", SPIN)
    try:
        code = _main()
    except (KeyboardInterrupt, SystemExit):  # between two of the lines that answer them
        code = 128 + signal.SIGINT
    signals.ignore()
    sys.exit(signals.code or code)


def _main() -> int:
    from lossctl.cli import output

    output.prepare_streams()
    prefix = ""
    if "_LOSSCTL_COMPLETE" in os.environ:
        from lossctl.cli.completion import join_words_bash_split

        prefix = join_words_bash_split(os.environ)
    if prefix:
        return _complete_after(prefix)
    arguments = sys.argv[1:]
    debug = "--debug" in arguments or bool(os.environ.get("LOSSCTL_DEBUG"))
    return run([argument for argument in arguments if argument != "--debug"], debug=debug)


def _complete_after(prefix: str) -> int:
    """Print the completions without the part of the word that bash keeps."""
    from contextlib import redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()) as printed:
        code = run([])

    def work() -> None:
        lines = printed.getvalue().splitlines(keepends=True)
        sys.stdout.writelines(line.removeprefix(prefix) for line in lines)
        sys.stdout.flush()

    return _exit_code(work) or code


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command line; return its exit code."""
    from lossctl.cli import commands, output
    from lossctl.core.spelling import at_door

    commands.take_plain_values()
    output.prepare_streams()
    command = arguments[0] if arguments and not arguments[0].startswith("-") else ""
    # "-::column" is standard input with a selector, not an option
    arguments = [f"/dev/stdin{a[1:]}" if a.startswith("-::") else a for a in arguments]

    def work() -> Any:
        code = commands.app(
            args=arguments or ["--help"], prog_name="lossctl", standalone_mode=False
        )
        sys.stdout.flush()
        return code

    said = output.ARGUMENTS.set(arguments)
    try:
        with at_door("shell"):
            return _exit_code(work, command, arguments, debug=debug)
    finally:
        output.ARGUMENTS.reset(said)


def _exit_code(
    work: Callable[[], Any],
    command: str = "",
    arguments: Sequence[str] = (),
    *,
    debug: bool = False,
) -> int:
    """Do the work and return its exit code, having said what was wrong."""
    from traceback import format_exception

    from typer import Abort

    from lossctl.cli import output
    from lossctl.core.errors import INTERRUPTED, OK
    from lossctl.core.spelling import lines_visible

    signals.at_work = True
    try:
        code = work()
    except (KeyboardInterrupt, Abort):
        output.discard(sys.stdout)
        return signals.code or INTERRUPTED
    except SystemExit as stop:  # of a signal, of completion, and of typer itself
        if stop.code:  # typer leaves so when nobody reads its output
            output.discard(sys.stdout)
        return signals.code or OK
    except BrokenPipeError:
        output.discard(sys.stdout)
        return signals.code or OK
    except Exception as error:  # noqa: BLE001 - the one place where errors become exit codes
        if isinstance(error, OSError) or signals.code:
            output.discard(sys.stdout)  # what is left in the buffer would fail again at exit
        if signals.code:  # as an interrupted import may end
            return signals.code
        if debug:
            output.remark(lines_visible("".join(format_exception(error))))
        code, lines = explain(error, command, arguments)
        output.complain(*lines)
    finally:
        signals.at_work = False
    return code if isinstance(code, int) else OK


def explain(
    error: Exception, command: str = "", arguments: Sequence[str] = ()
) -> tuple[int, tuple[str, ...]]:
    """Return the exit code and the lines of the message for an error."""
    from lossctl.cli.commands import COMMANDS
    from lossctl.core.errors import INTERNAL, INVALID_DATA, USAGE, LossctlError

    if isinstance(error, LossctlError):
        return error.exit_code, error.lines
    if hasattr(error, "format_message"):  # what the option parser raises
        from lossctl.core.urls import secrets_left_out

        message = secrets_left_out(error.format_message().rstrip("."))
        context = getattr(error, "ctx", None)
        below = [command] if command in COMMANDS else []
        if context is not None:  # it knows the commands of groups too
            below = context.command_path.split()[1:]
        words = ["lossctl", *below, "--help"]
        hint = _of_a_loss(getattr(error, "option_name", ""), arguments)
        if hint:
            message = f"{message.partition(' (')[0]}; {hint}"
        return USAGE, (message if hint else f"{message} (see {' '.join(words)})",)
    if isinstance(error, MemoryError):
        return INVALID_DATA, ("not enough memory for this input",)
    if place := _place_in_plugin(error):
        return USAGE, (f"{place}: {type(error).__name__}: {error}",)
    if isinstance(error, OSError):
        return USAGE, (f"cannot read or write: {error.strerror or error}",)
    name = type(error).__name__
    return INTERNAL, (f"internal error: {name}: {error}; --debug shows where; please report it",)


def _of_a_loss(option: str, arguments: Sequence[str]) -> str:
    """Say how the command line takes what was given as an option: a loss, or its parameter."""
    name = (option or "").lstrip("-").replace("-", "_")
    if not name:
        return ""
    from lossctl.core.errors import LossctlError
    from lossctl.loss_specs import params_of, spec_of

    at = [i for i, word in enumerate(arguments) if word in {"-l", "--loss"}]
    given = [word.partition("=")[2] for word in arguments if word.startswith("--loss=")]
    for spec in (*given, *(arguments[i + 1] for i in at if i + 1 < len(arguments))):
        try:
            params = params_of(spec_of(spec.partition(":")[0], {}).target)
        except LossctlError:
            continue
        if name in params:
            return f"{name} is a parameter: --loss {spec}{',' if ':' in spec else ':'}{name}=VALUE"
    try:
        return f"a loss is said with --loss {spec_of(name, {}).target.id}"
    except LossctlError:
        return ""


def _place_in_plugin(error: Exception) -> str:
    """Return the file and line of a plugin that raised an error."""
    if "lossctl.losses.plugins" not in sys.modules:
        return ""
    from lossctl.losses.plugins import place_in_plugin

    return place_in_plugin(error)
