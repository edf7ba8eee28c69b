"""Options are spelled in one place, as the reader of a message writes them: Python, shell, YAML."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import lossctl
from lossctl.core.options import OPTIONS
from lossctl.core.spelling import at_door, in_config, option
from lossctl.core.threads import run_pieces
from lossctl.data_places import DATA_NAMES
from tests.cli.run import Answer

PACKAGE = Path(lossctl.__file__).parent
NAMES = "|".join(sorted({*OPTIONS, *DATA_NAMES, "per_item", "fail_over"}))
SPELLED = re.compile(rf"--[a-z]|(?<![\w.])(?:{NAMES})=|\((?:{NAMES})\)|\(in(?:put)?,")
OF_THE_SHELL = ("cli", "testing")  # which no other reader meets, and which nobody but us reads
DECLARED = {  # where options are declared or whole commands and functions are written
    "core/options.py", "core/spelling.py", "function_docs.py", "report/page.py",
    "report/advice.py", "report/listing.py", "report/metric_listing.py", "checks/repair.py",
    "recommender/invocation.py", "recommender/recommendation.py",
}  # fmt: skip
COMMANDS = re.compile(  # within a text, or a line of an example
    r"`lossctl [^`]*`|git lfs pull --include|^(?:lossctl|np\.save|loss =).*$", re.MULTILINE
)
SHIFTED = "(shift)"  # the name of a word, in a note


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts in a module that are no documentation."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def test_no_message_of_the_library_spells_an_option_itself() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if place.parts[0] in OF_THE_SHELL or place.as_posix() in DECLARED:
            continue
        for line, text in literals(path):
            if SPELLED.search(COMMANDS.sub("", text).replace(SHIFTED, "")):
                found.append(f"{place}:{line}: {text}")
    assert not found, "spell it with lossctl.core.spelling.option:\n" + "\n".join(found)


def test_every_option_is_spelled_as_the_shell_declares_it() -> None:
    with at_door("shell"):
        for name, entry in OPTIONS.items():
            assert option(name) in {entry.flag.rpartition("/")[2], f"--{name.replace('_', '-')}"}
        assert option("axes", {"predictions": "item time class"}) == (
            '--axes "predictions=item time class"'
        )
        assert option("ignore_index", None) == "--ignore-index none"
        assert option("class_names", ["a", "b"]) == "--class-names a,b"
        assert option("positive", "so so") == "--positive 'so so'"
    assert option("ignore_index", None) == "ignore_index=None"
    assert option("header", value=False) == "header=False"


def test_threads_spell_as_those_who_ordered_the_work() -> None:
    said = [""] * 8
    with at_door("shell"):
        run_pieces(8, lambda at: said.__setitem__(at, option("nan", "omit")), threads=4)
    assert said == ["--nan omit"] * 8


def test_a_configuration_is_spelled_in_its_keys_and_its_command_in_options() -> None:
    with at_door("shell"), in_config():
        assert option("class_axis", 1) == "class_axis: 1"
        assert option("axes", {"x": "item time"}) == "axes: {x: item time}"
        assert option("gradient") == "--gradient"
    with in_config():
        assert option("class_axis", 1) == "class_axis: 1"
        assert option("gradient") == "gradient"


@pytest.mark.parametrize(
    ("door", "wanted"),
    [("shell", "--class-axis 0"), ("python", "class_axis=0"), ("config", "class_axis: 0")],
)
def test_one_mistake_at_every_door(door: str, wanted: str, answer: Answer) -> None:
    rng = np.random.default_rng(5)
    np.save("p.npy", rng.normal(size=(3, 4, 5)))
    np.save("t.npy", rng.integers(0, 3, (4, 5)))
    if door == "shell":
        said = answer("compute", "p.npy", "t.npy", "-l", "cross_entropy").err
    elif door == "python":
        with pytest.raises(lossctl.DataError) as caught:
            lossctl.compute("cross_entropy", "p.npy", "t.npy")
        said = str(caught.value)
    else:
        Path("c.yaml").write_text(
            "version: 1\ndata: {predictions: p.npy, targets: t.npy}\nsupervised: cross_entropy\n"
        )
        said = answer("run", "c.yaml").err
    assert wanted in said
    others = {"--class-axis", "class_axis=", "class_axis: "} - {re.sub(r"0$", "", wanted).rstrip()}
    assert not any(other in said for other in others - {wanted[:-1]})
