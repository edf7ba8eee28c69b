"""Drive `lossctl recommend` key by key through a pseudo-terminal."""

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
from pathlib import Path

import pytest

from tests.cli.run import SCRIPT, environment

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
