"""What README, docs and the other documents print can be run, and answers what they say."""

import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lossctl.losses import plugins
from tests.documents.blocks import DOCUMENTS, OUTPUT, ROOT, Block, blocks
from tests.documents.outputs import again, is_shown, write
from tests.documents.shell import Clone

HOW_TO_UPDATE = "if that is meant: pytest tests/documents --update-outputs"
EVERY = [block for document in DOCUMENTS for block in blocks(document)]
PARSERS: dict[str, Callable[[str], Any]] = {
    "yaml": lambda text: list(yaml.safe_load_all(text)),
    "json": json.loads,
    "toml": tomllib.loads,
}


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clone]:
    """Give a copy of the sample data; forget afterwards what was loaded from files beside it."""
    monkeypatch.setattr(plugins, "_from_files", {})
    monkeypatch.setattr(sys, "path", [str(tmp_path / "clone"), *sys.path])
    before = {*sys.modules}
    yield Clone(tmp_path)
    for name in {*sys.modules} - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def named(paths: list[Path]) -> list[Any]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


def run(document: Path, clone: Clone, *, update: bool = False) -> None:
    """Run the blocks of a document from top to bottom; compare what they print, or write it."""
    printed, other = None, {}
    for block in blocks(document):
        if block.says:
            printed = None
        elif block.file:
            clone.write(block)
        elif block.language in {"sh", "python"}:
            printed = clone.shell(block) if block.language == "sh" else clone.python(block)
        elif block.language in OUTPUT:
            assert printed is not None, f"{block.place}: output of nothing that is run"
            if update:
                other[block] = again(block, printed)
                continue
            found = f"says\n{block.text}\nit is\n{printed}\n{HOW_TO_UPDATE}"
            assert is_shown(block, printed), f"{block.place} {found}"
        else:
            PARSERS[block.language](block.text)
    if other:
        write(document, other)


def why_not_run(block: Block) -> str:
    """Return why a block is not run, empty for a piece of a file that it is found in."""
    if block.stands_in:
        assert block.text in (ROOT / block.stands_in).read_text(encoding="utf-8"), block.place
    else:
        assert block.reason, f"{block.place}: <!-- {block.says} --> is no comment about a block"
    return block.reason


@pytest.mark.parametrize("document", named(list(dict.fromkeys(one.document for one in EVERY))))
def test_what_a_document_prints_can_be_run(document: Path, clone: Clone, update: bool) -> None:
    run(document, clone, update=update)


@pytest.mark.parametrize("block", [pytest.param(one, id=one.place) for one in EVERY if one.says])
def test_what_is_not_run_says_why(block: Block) -> None:
    if reason := why_not_run(block):
        pytest.skip(f"not run: {reason}")


def document_of(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```sh\nlossctl show nothing\n```\n", "page.md:1: lossctl show nothing\nexit code 2"),
        ("```sh\nlossctl show mse | false\n```\n", "exit code 1"),
        ("```sh\nlossctl list  # exit code 1\n```\n", "exit code 0"),
        ("```sh\nlossctl --version\n```\n\n```\nlossctl 0\n```\n", "page.md:5"),
        ("```\nlossctl 0\n```\n", "output of nothing"),
        ("```python\nassert 1 + 1 == 3\n```\n", ""),
    ],
)
def test_mistakes_of_a_document_are_found(
    text: str, message: str, tmp_path: Path, clone: Clone
) -> None:
    page = document_of(tmp_path, text)
    with pytest.raises(AssertionError) as caught:
        run(page, clone)
    assert message in str(caught.value)


@pytest.mark.parametrize("says", ["later", "not run: ", "stands in: README.md"])
def test_a_comment_alone_leaves_nothing_out(says: str, tmp_path: Path) -> None:
    (block,) = blocks(document_of(tmp_path, f"<!-- {says} -->\n```sh\nlossctl nothing\n```\n"))
    with pytest.raises(AssertionError):
        why_not_run(block)


def test_what_stands_on_a_page_is_run_in_its_order(tmp_path: Path, clone: Clone) -> None:
    """Files, folders, variables of Python, outputs to six digits, exit codes and pipes."""
    page = document_of(
        tmp_path,
        """
```python
# two.py
TWO = 2.0000001
```

```python
from two import TWO
print("two is", TWO)
```

```
two is 2.0
```

```sh
cd sample_data/diabetes
lossctl compute preds.npy targets.npy -l mse --value-only --fail-over 1  # exit code 1
```

```text
error: gate failed: mse is 2986.8163969, over the limit 1
```

```sh
cat sample_data/diabetes/preds.npy | lossctl compute --value-only -l mse -- - \\
  sample_data/diabetes/targets.npy
```

```
2986.816
```
""",
    )
    run(page, clone)


OLD = """
```sh
lossctl compute sample_data/diabetes/preds.npy sample_data/diabetes/targets.npy -l mse
```

```
mse 1.5
```

Some lines of it:

```text
%s
```

The end.
"""


def test_outputs_are_written_again(tmp_path: Path, clone: Clone) -> None:
    """All of it, or as many lines of it; what is around stays, and no other block changes."""
    page = document_of(tmp_path, OLD % "mse   2980.123456   442   mean   values")
    with pytest.raises(AssertionError, match="--update-outputs"):
        run(page, clone)
    run(page, clone, update=True)
    shown, excerpt = (block.text for block in blocks(page) if block.language in OUTPUT)
    assert "2986.8" in shown
    assert excerpt in shown
    assert page.read_text(encoding="utf-8").endswith("```\n\nThe end.\n")
    run(page, clone)
    before = page.read_text(encoding="utf-8")
    run(page, clone, update=True)
    assert page.read_text(encoding="utf-8") == before


def test_an_excerpt_of_something_else_is_not_written_again(tmp_path: Path, clone: Clone) -> None:
    page = document_of(tmp_path, OLD % "error: no file preds.npz in the folder")
    with pytest.raises(AssertionError, match="nothing like this is printed"):
        run(page, clone, update=True)
