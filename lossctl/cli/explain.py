"""`lossctl explain`: what a rule of check finds, why that is a mistake, and what to do."""

import sys
from typing import Annotated

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.help import SHOWN
from lossctl.core.errors import UsageError

EXAMPLES = """\b
  lossctl explain LC101
  lossctl explain --list
"""


def explain(
    *,
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE",
            autocompletion=cli.completed("rules"),
            help="Code or name of a rule: LC101, softmax-twice.",
            rich_help_panel=SHOWN,
            show_default=False,
        ),
    ] = None,
    every: Annotated[bool, cli.option(SHOWN, "List the rules.", "--list")] = False,
    form: cli.Format = None,
    output: cli.Output = None,
    no_pager: cli.NoPager = False,
    plugin: cli.Plugin = None,
) -> None:
    """Explain a rule of check: what it finds, why that is a mistake, what to do."""
    from lossctl.checks.registry import every_rule, rule_of
    from lossctl.cli.output import choose_format, deliver, is_terminal
    from lossctl.cli.pager import say_in_pages
    from lossctl.report.rule_page import render_rule, render_rules

    cli.load_plugins(plugin)
    if every == (code is not None):
        raise UsageError("say which rule, as in lossctl explain LC101, or --list for all of them")
    form = choose_format(form, output)
    if code is None:
        text = render_rules(list(every_rule().values()), form)
    else:
        text = render_rule(rule_of(code), form, colour=output is None and is_terminal(sys.stdout))
    if output is not None or form not in {"table", "markdown"}:
        deliver(text, output)
    else:
        say_in_pages(text, wanted=not no_pager)
