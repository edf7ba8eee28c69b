"""lossctl in this process, in a folder with a configuration."""

from pathlib import Path

import pytest

from tests.cli.run import Outcome, inside
from tests.objective._logic import FILE, LOGIC


@pytest.fixture
def run(tmp_path: Path, monkeypatch, capsys):
    """Run lossctl in a folder with a configuration."""
    (tmp_path / "c.yaml").write_text(FILE.format(logic=LOGIC))
    monkeypatch.chdir(tmp_path)

    def go(*arguments: str) -> Outcome:
        return inside(list(arguments), monkeypatch, capsys)

    return go
