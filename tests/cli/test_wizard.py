"""`lossctl recommend` on a terminal: driven key by key through a pseudo-terminal."""

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.run import SAMPLES, SCRIPT, environment

UP, DOWN, LEFT, ENTER = "\x1b[A", "\x1b[B", "\x1b[D", "\r"
PATIENCE = 60
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>78]|\([A-Z])")


class Terminal:
    """A program on a terminal of 24 rows; `text` is all it wrote, without escape sequences."""

    def __init__(
        self, *args: str | Path, columns: int = 80, env: dict[str, str] | None = None
    ) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        size = {"COLUMNS": str(columns), "LINES": "24"}
        self.process = subprocess.Popen(
            [SCRIPT, "recommend", *map(str, args)], stdin=theirs, stdout=theirs, stderr=theirs,
            env=environment(size | (env or {})), start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.raw, self.seen = "", 0
        self.decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    @property
    def text(self) -> str:
        """Everything written so far."""
        return ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    def expect(self, words: str) -> str:
        """Wait until the words are written after what was expected before; return what came."""
        end = time.monotonic() + PATIENCE
        while words not in self.text[self.seen :]:
            if time.monotonic() > end or not self._read():
                pytest.fail(f"no {words!r} in {self.text[self.seen :]!r}")
        place = self.text.index(words, self.seen) + len(words)
        came, self.seen = self.text[self.seen : place], place
        return came

    def send(self, keys: str) -> None:
        """Press keys."""
        os.write(self.ours, keys.encode())

    def finish(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what was written since."""
        while self._read():
            pass
        return self.process.wait(PATIENCE), self.text[self.seen :]

    def close(self) -> None:
        """End the program."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ours)

    def _read(self) -> bool:
        ready, _, _ = select.select([self.ours], [], [], PATIENCE)
        try:
            part = os.read(self.ours, 65_536) if ready else b""
        except OSError:  # how Linux says that the other side is closed
            return False
        self.raw += self.decode(part)
        return bool(part)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Collect terminals, and close them at the end."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def opened(
    terminals: list[Terminal],
    *args: str | Path,
    columns: int = 80,
    env: dict[str, str] | None = None,
) -> Terminal:
    terminals.append(Terminal(*args, columns=columns, env=env))
    return terminals[-1]


def test_menus_back_and_why(terminals: list[Terminal]) -> None:
    shell = opened(terminals)
    shell.expect("What is the task?")
    shell.expect("q quit")
    shell.send(DOWN + ENTER)
    shell.expect("Do the errors have outliers?")
    shell.expect("q quit")
    shell.send("?")
    shell.expect("What counts are")
    shell.send(LEFT)
    shell.expect("What is the task?")
    shell.expect("q quit")
    shell.send("1" + ENTER)
    for question, keys in (
        ("How many classes?", DOWN), ("How uneven", UP + UP), ("Do easy examples", ""),
        ("Does any of these apply?", ""), ("How will the model be judged?", DOWN),
        ("rules or constraints?", ""),
    ):  # fmt: skip
        shell.expect(question)
        shell.expect("q quit")
        shell.send(keys + ENTER)
    shell.expect("logit_adjusted_cross_entropy")
    code, rest = shell.finish()
    assert code == 0
    assert "lossctl compute PREDICTIONS TARGETS" in rest
    assert "guides say" in rest


def test_the_answer_fits_the_screen(terminals: list[Terminal]) -> None:
    for columns in (80, 60):
        shell = opened(
            terminals, "--task", "classification", "--classes", "binary", "--imbalance", "severe",
            "--difficulty", "balanced", "--scheme", "standard", "--metric", "unknown",
            "--constraints", "multiple", columns=columns,
        )  # fmt: skip
        code, text = shell.finish()
        lines = text.rstrip("\n").split("\n")
        assert code == 0
        assert max(map(len, lines)) <= columns
        assert len(lines) <= 23
        assert lines[0].startswith("focal:gamma=2,alpha=0.25")
        assert lines[-1].startswith(("compute", " "))


def test_menus_fit_narrow_terminals(terminals: list[Terminal]) -> None:
    shell = opened(terminals, "--task", "regression", "--outliers", "none", columns=60)
    shell.expect("What shall a prediction be?")
    shown = shell.expect("q quit")
    assert max(map(len, re.split(r"\r|\n", shown))) <= 60


def test_leaving_says_how_to_go_on(terminals: list[Terminal]) -> None:
    shell = opened(terminals, "--task", "regression")
    shell.expect("outliers?")
    shell.expect("q quit")
    shell.send(DOWN + ENTER)
    shell.expect("What shall a prediction be?")
    shell.expect("q quit")
    shell.send("q")
    code, rest = shell.finish()
    assert code == 130
    assert "go on with: lossctl recommend --task regression --outliers some" in rest


def asked_for_a_quantile(terminals: list[Terminal]) -> Terminal:
    """Answer all but the quantile."""
    shell = opened(
        terminals, "--task", "regression", "--outliers", "none", "--goal", "quantile",
        "--support", "real", "--setting", "standard", "--metric", "unknown",
        "--constraints", "none",
    )  # fmt: skip
    shell.expect("Which quantile?")
    shell.expect("q quit")
    return shell


def test_a_number_may_be_typed(terminals: list[Terminal]) -> None:
    shell = asked_for_a_quantile(terminals)
    shell.send("1.5" + ENTER)
    shell.expect("between 0 and 1")
    shell.send("0.75" + ENTER)
    shell.expect("quantile:q=0.75")
    assert shell.finish()[0] == 0


def test_the_quantile_taken_in_silence_is_the_one_offered_first(terminals: list[Terminal]) -> None:
    shell = asked_for_a_quantile(terminals)
    shell.send(LEFT)
    shell.expect("there is nothing before it")
    shell.send(ENTER)
    shell.expect("quantile:q=0.9")
    assert shell.finish()[0] == 0


def test_plain_lines_for_screen_readers(terminals: list[Terminal]) -> None:
    shell = opened(terminals, "--plain", "--task", "detection")
    shell.expect("Which part of the detector?")
    shell.expect("1: both, classes and boxes together")
    shell.expect("q quit): ")
    shell.send("b\n")
    shell.expect("there is nothing before it")
    shell.send("?\n")
    shell.expect("each head can also be judged alone")
    shell.send("nonsense\n")
    shell.expect("Please give a number from 1 to 4")
    shell.send("3\n")
    shell.expect("How will the model be judged?")
    shell.send("b\n")
    shell.expect("Which part of the detector?")
    shell.send("boxes\n")
    shell.expect("How will the model be judged?")
    shell.send("map\n")
    shell.expect("rules or constraints?")
    shell.send("1\n")
    shell.expect("Recommended: giou")
    code, rest = shell.finish()
    assert code == 0
    assert "\x1b" not in shell.raw
    assert "Compute: lossctl compute" in rest


def test_only_what_the_data_leave_open_is_asked(terminals: list[Terminal]) -> None:
    folder = SAMPLES / "segmentation"
    shell = opened(terminals, "--targets", folder / "targets.npy")
    before = shell.expect("What is segmented?")
    assert "object_size small: half of 16 objects" in before
    shell.expect("q quit")
    shell.send(ENTER)
    shell.expect("How will the model be judged?")
    shell.expect("q quit")
    shell.send("1" + ENTER)
    shell.expect("rules or constraints?")
    shell.expect("q quit")
    shell.send(ENTER)
    shell.expect("dice_cross_entropy")
    assert shell.finish()[0] == 0
    assert "How uneven" not in shell.text


def test_no_colour_still_wraps(terminals: list[Terminal]) -> None:
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        for args in (("--no-input", "--task", "regression"), ("--explain-tree",)):
            shell = opened(terminals, *args, columns=60, env=env)
            code, text = shell.finish()
            assert code == 0
            assert "\x1b" not in shell.raw
            assert max(map(len, text.splitlines())) <= 60
