"""Golden files (`pytest tests/cli --update-golden` writes them again), and lossctl inside."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.run import Answer, inside
from tests.cli.terminal import Terminal

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/cli/golden again")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Give a function that compares text with a golden file."""
    update = request.config.getoption("--update-golden", default=False)

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if update:
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"no golden file {name}: pytest tests/cli --update-golden"
        wanted = path.read_text(encoding="utf-8")
        assert text == wanted, f"{name} differs; if that is meant: pytest tests/cli --update-golden"

    return compare


@pytest.fixture
def answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Answer:
    """Give a function that runs lossctl in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *args: inside([*map(str, args)], monkeypatch, capsys)


@pytest.fixture
def advise(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Answer:
    """Give a function that runs `lossctl recommend` in this process."""
    monkeypatch.setenv("TERM", "dumb")
    return lambda *args: inside(["recommend", *map(str, args)], monkeypatch, capsys)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Collect terminals, and close them at the end."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()
