"""What `lossctl recommend` does, step by step: read answers, measure, ask, say."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lossctl.cli.terminal import is_terminal, note, say
from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean
from lossctl.io.write import check_folder, write_text
from lossctl.recommend.advice import Advice, Measured, advise
from lossctl.recommend.tree import UNKNOWN, Tree, load_tree
from lossctl.recommend.walk import check_answers, implied_task, missing, open_questions, settle
from lossctl.report.advice import ADVICE_FORMATS, render_advice

__all__ = ["Wanted", "complete", "explain", "give", "load_tree", "measure", "read_answers"]


@dataclass(frozen=True)
class Wanted:
    """How the answer is wanted."""

    form: str
    snippet: str | None
    write: Path | None
    output: Path | None
    plain: bool
    no_input: bool
    force: bool

    def check(self, read: Mapping[str, str]) -> None:
        """Refuse unknown formats and files that must not be written, before anything is asked."""
        _require_choice("--format", self.form, ADVICE_FORMATS)
        if self.snippet is not None:
            from lossctl.recommend.snippets import FRAMEWORKS

            _require_choice("--snippet", self.snippet, FRAMEWORKS)
        self._check_files(read)

    def _check_files(self, read: Mapping[str, str]) -> None:
        named = {"--write": self.write, "--output": self.output}
        written = {option: check_folder(path) for option, path in named.items() if path}
        if written and read:
            from lossctl.io.outputs import input_places

            inputs = input_places(read)
            for option, path in written.items():
                if (name := inputs.get(path.resolve())) is not None:
                    raise UsageError(f"{option} {path} would overwrite the {name}")
        if len(written) == 2 and len({path.resolve() for path in written.values()}) == 1:
            raise UsageError(f"--write and --output would both write {self.write}")
        if self.write is not None and self.write.exists() and not self.force:
            raise UsageError(f"--write {self.write} exists already; --force overwrites it")

    @property
    def may_ask(self) -> bool:
        """Whether there is somebody to ask."""
        return not self.no_input and sys.stdin.isatty() and sys.stderr.isatty()


def _require_choice(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        hint = did_you_mean(value, known)
        raise UsageError(f"{option} must be one of {', '.join(known)}, got {value!r}{hint}")


def explain(
    tree: Tree, form: str, task: str | None, output: Path | None, others: Mapping[str, object]
) -> None:
    """Print the tree, or the branch of one task; `others` are options it has no use for."""
    from lossctl.report.tree import TREE_FORMATS, render_tree

    for name, value in others.items():
        if value:
            option = name.replace("_", "-")
            raise UsageError(f"--explain-tree prints the tree; --{option} has no place beside it")
    _require_choice("--format", form, TREE_FORMATS)
    if task is not None:
        task = check_answers(tree, {"task": task})["task"]
    screen = output is None and sys.stdout.isatty()
    text = render_tree(tree, form, task, colour=screen and is_terminal(), screen=screen)
    say(text) if output is None else write_text(output, text + "\n")


def read_answers(tree: Tree, path: Path | None, given: Mapping[str, str]) -> dict[str, str]:
    """Return the answers of a file, overruled by options."""
    said = check_answers(tree, {**(_from_file(tree, path) if path else {}), **given})
    if "task" not in said and (task := implied_task(tree, said)):
        said = {"task": task, **said}
    return settle(tree, said)


def _from_file(tree: Tree, path: Path) -> dict[str, str]:
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no YAML: {' '.join(str(error).split())}") from None
    if isinstance(data, dict) and isinstance(data.get("answers"), dict):
        data = data["answers"]  # what --format json printed
    if not isinstance(data, dict):
        raise UsageError(f"{path}: expected lines such as task: classification")
    answers = {}
    for name, value in data.items():
        key = str(name).replace("-", "_")
        if key not in tree.questions:
            hint = did_you_mean(key, tree.questions)
            raise UsageError(f"{path}: there is no question {name!r}{hint}")
        answers[key] = "none" if value is None else str(value)
    return answers


def measure(tree: Tree, files: Mapping[str, str], said: Mapping[str, str]) -> Measured:
    """Measure the data, where there are any."""
    if not files:
        return Measured()
    if "targets" not in files:
        raise UsageError(f"--{next(iter(files))} needs --targets")
    from lossctl.io.inputs import Inputs
    from lossctl.recommend.probe import probe

    with Inputs(files) as inputs:
        measured = probe(tree, inputs.sources, said)
        for line in inputs.notes:
            note(line)
    return measured


def complete(
    tree: Tree,
    said: Mapping[str, str],
    measured: Measured,
    wanted: Wanted,
    data: Mapping[str, str],
) -> dict[str, str]:
    """Add what the data answer, then ask the rest, or say which options are missing."""
    answers = settle(tree, check_answers(tree, {**measured.answers, **said}))
    if wanted.may_ask:
        if open_questions(tree, answers):
            from lossctl.cli.wizard import ask_all

            return ask_all(tree, answers, measured, data, plain=wanted.plain)
        return answers
    lacking = missing(tree, answers)
    if lacking and not (wanted.no_input and "task" in answers):
        groups = []
        for group in lacking:
            words = [f"{one.option} ({'|'.join(_allowed(tree, answers, one.id))})" for one in group]
            groups.append(words[0] if len(words) == 1 else "one of " + ", ".join(words))
        raise UsageError(_lacking(groups, measured))
    return answers


def _lacking(groups: list[str], measured: Measured) -> str:
    seen = "".join(f"; {text}" for name, text in measured.evidence.items() if name == "task")
    return (
        f"not enough is said and there is no terminal to ask on: give {'; and '.join(groups)}{seen}"
    )


def _allowed(tree: Tree, answers: Mapping[str, str], name: str) -> tuple[str, ...]:
    branch = tree.branches.get(answers.get("task", UNKNOWN))
    return branch.allowed[name] if branch else tuple(tree.questions[name].answers)


def give(
    tree: Tree,
    answers: Mapping[str, str],
    measured: Measured,
    wanted: Wanted,
    data: Mapping[str, str],
) -> None:
    """Say the answer; write what was asked for."""
    advice = advise(tree, answers, measured, data)
    if wanted.write is not None:
        _write(advice, wanted.write)
    if wanted.snippet is not None:
        from lossctl.recommend.snippets import snippet

        _out(snippet(advice.choice, wanted.snippet, answers, data), wanted.output)
    else:
        form = "plain" if wanted.plain and wanted.form == "table" else wanted.form
        screen = wanted.output is None and sys.stdout.isatty()
        text = render_advice(advice, form, colour=screen and is_terminal(), screen=screen)
        _out(text, wanted.output)


def _out(text: str, output: Path | None) -> None:
    say(text) if output is None else write_text(output, text.rstrip("\n") + "\n")


def _write(advice: Advice, path: Path) -> None:
    from lossctl.recommend.config import config_text

    write_text(path, config_text(advice, path.parent))
    note(f"wrote {path}; run it with lossctl run {path}")
