"""What `lossctl recommend` does beside :func:`lossctl.recommend`: ask, print, write."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lossctl.cli.terminal import is_terminal, note, say
from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean
from lossctl.io.write import check_folder, write_text
from lossctl.recommender.decision_tree import load_tree
from lossctl.recommender.question import Keyword
from lossctl.recommender.questions import FRAMEWORKS
from lossctl.recommender.recommend import recommend_from
from lossctl.recommender.recommendation import Recommendation
from lossctl.recommender.traverse import check_answers
from lossctl.report.advice import ADVICE_FORMATS, render_advice


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


def explain(form: str, task: str | None, output: Path | None, others: Mapping[str, object]) -> None:
    """Print the tree, or the branch of one task; `others` are options it has no use for."""
    from lossctl.report.tree import TREE_FORMATS, render_tree

    for name, value in others.items():
        if value:
            option = Keyword(name).option
            raise UsageError(f"--explain-tree prints the tree; {option} has no place beside it")
    _require_choice("--format", form, TREE_FORMATS)
    tree = load_tree()
    task = None if task is None else check_answers(tree, {"task": task})["task"]
    screen = output is None and sys.stdout.isatty()
    text = render_tree(tree, form, task, colour=screen and is_terminal(), screen=screen)
    say(text) if output is None else write_text(output, text + "\n")


def recommend(
    data: Mapping[str, str], answers: Path | None, said: Mapping[str, str], wanted: Wanted
) -> Recommendation:
    """Recommend a loss; on a terminal what is still open is asked."""
    ask = None
    if wanted.may_ask:
        from lossctl.cli.wizard import ask_all

        ask = partial(ask_all, data=data, plain=wanted.plain)
    return recommend_from(data, answers, said, no_input=wanted.no_input, ask=ask)


def give(answer: Recommendation, wanted: Wanted) -> None:
    """Print the answer; write the configuration that is wanted."""
    if wanted.write is not None:
        _, *prepared = answer.write(wanted.write, force=wanted.force)
        for file in prepared:
            note(f"wrote {file}")
        note(f"wrote {wanted.write}; run it with lossctl run {wanted.write}")
    if wanted.snippet is not None:
        _out(answer.snippet(wanted.snippet), wanted.output)
        return
    form = "plain" if wanted.plain and wanted.form == "table" else wanted.form
    screen = wanted.output is None and sys.stdout.isatty()
    text = render_advice(answer, form, colour=screen and is_terminal(), screen=screen)
    _out(text, wanted.output)


def _out(text: str, output: Path | None) -> None:
    say(text) if output is None else write_text(output, text.rstrip("\n") + "\n")
