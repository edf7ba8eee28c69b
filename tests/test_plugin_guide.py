"""The guide to losses of one's own: every block of it is run, in order, in an empty folder."""

import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from lossctl.cli.main import run
from lossctl.losses import plugins

GUIDE = Path(__file__).parent.parent / "docs/plugins.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\w+)\.py\n")


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to a folder with arrays; forget afterwards what was loaded there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plugins, "_from_files", {})
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    np.save("p.npy", np.array([1.0, 2.0, 4.0]))
    np.save("t.npy", np.array([1.0, 3.0, 3.0]))
    np.save("s.npy", np.array([1.0, 0.5, 2.0]))


@pytest.mark.usefixtures("_folder")
def test_every_block_of_the_guide(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks].count("python") >= 6
    names: dict[str, object] = {}
    written, code = "", 0
    for kind, text in blocks:
        if kind == "python" and (file := FILE.match(text)):
            Path(f"{file[1]}.py").write_text(text, encoding="utf-8")
            monkeypatch.delitem(sys.modules, file[1], raising=False)
        elif kind == "python":
            exec(compile(text, str(GUIDE), "exec"), names)  # noqa: S102 - that is the test
        elif kind == "sh":
            for line in text.splitlines():
                assert code == 0, written
                program, *arguments = shlex.split(line)
                assert program == "lossctl"
                code = run(arguments)
                printed = capsys.readouterr()
                written = printed.err
                assert printed.out or code
        elif kind == "text":
            assert (code, written) == (2, text)
            code = 0
        else:
            assert kind == "toml"
    assert code == 0, written
