"""Pages of losses and recipes, made from their declarations: each, each family, their list."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from lossctl.core.domain import Param
from lossctl.core.errors import LossctlError
from lossctl.core.loss import Loss
from lossctl.core.spec import param, spec
from lossctl.core.spelling import at_door, html_text, markdown_text
from lossctl.loss_specs import Spec
from lossctl.losses.catalogue import CATALOGUE, FAMILIES, RECIPES, entry_of, get
from lossctl.losses.framework_names import meanings_of
from lossctl.objective.recipe import Recipe, get_recipe
from lossctl.pictures.curve import curve
from lossctl.recommender.decision_tree import load_tree
from lossctl.recommender.fit_loss import LossChoice
from lossctl.recommender.invocation import compute_command
from lossctl.report.html.drawing import draw_panel, legend
from lossctl.report.page import every_param, page_sections, recipe_sections
from tools.site.mathml import UnknownFormulaError, formula_lines
from tools.site.pages import Page, cell, raw, toctree

OF_RECIPES = (
    "Several losses together, with declared inputs and weights: computed like a loss, or the start "
    "of [an objective](../docs/run.md)."
)
ADDRESSES = {"arxiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}


def losses(*, drawn: bool = True) -> Iterator[Page]:
    """Yield a page for each loss and recipe, one for each family, and the list of families."""
    titles, tables = [], []
    for family in FAMILIES:
        names = [name for name, entry in CATALOGUE.items() if entry.family == family]
        if not names:
            continue
        rows = [[f"[{name}]({name}.md)", cell(get(name).page.summary)] for name in names]
        title, listed = f"{family.capitalize()} losses", table(("loss", "what it is"), rows)
        yield f"losses/family-{family}.md", f"# {title}\n\n{listed}\n"
        titles.append(f"family-{family}")
        tables.append(f"## [{title}](family-{family}.md)\n\n{listed}")
        for name in names:
            yield f"losses/{name}.md", loss_page(get(name), drawn=drawn)
    text = (
        "# Losses\n\nEvery loss, by family. `lossctl list --search WORDS` finds one in a terminal, "
        "`lossctl show NAME` prints its page."
    )
    title, listed = "Recipes", table(("recipe", "what it is"), _recipe_rows())
    yield "losses/family-recipe.md", f"# {title}\n\n{OF_RECIPES}\n\n{listed}\n"
    titles.append("family-recipe")
    tables.append(f"## [{title}](family-recipe.md)\n\n{OF_RECIPES}\n\n{listed}")
    for name in RECIPES:
        yield f"losses/{name}.md", recipe_page(get_recipe(name))
    yield "losses/index.md", "\n\n".join([text, *tables]) + toctree(titles, depth=1)


def _recipe_rows() -> list[list[str]]:
    return [[f"[{name}]({name}.md)", cell(get_recipe(name).summary)] for name in RECIPES]


def recipe_page(recipe: Recipe) -> str:
    """Write the page of a recipe, which stands in no table of contents either."""
    laid_out = {
        title: f"```text\n{re.sub('(?m)^  ', '', text)}\n```"
        for title, text in recipe_sections(recipe)
    }
    laid_out |= {
        "Formula": _formula(recipe.formula),
        "Parameters": _params(recipe.params),
        "Use when": _bullets(recipe.use_when),
        "Avoid when": _bullets(recipe.avoid_when),
        "References": _references(recipe.references),
    }
    parts = [
        "---\norphan: true\n---",
        f"# {markdown_text(f'{recipe.id}: {recipe.title}')}",
        f"{markdown_text(recipe.summary.rstrip('.'))}. One of the [recipes](family-recipe.md).",
        laid_out.pop("In the shell").replace("```text", "```sh"),
        *(f"## {title}\n\n{text}" for title, text in laid_out.items() if text),
    ]
    return "\n\n".join(parts) + "\n"


@at_door("shell")
def loss_page(loss: Loss, *, drawn: bool = True) -> str:
    """Write the page of a loss.

    It stands in no table of contents: the theme writes all of it on every page of the site.
    """
    page, family = loss.page, entry_of(loss.id).family
    summary = markdown_text(page.summary.rstrip("."))
    parts = [
        "---\norphan: true\n---",
        f"# {markdown_text(f'{loss.id}: {loss.title}')}",
        f"{summary}. One of the [{family} losses](family-{family}.md).",
        f"```sh\n{compute_command(LossChoice(loss.id), {})}\n```",
    ]
    sections = [
        ("Formula", _formula(page.formula)),
        ("Loss and derivative", _drawn(loss) if drawn else ""),
        ("Parameters", _params(every_param(loss))),
        *_made(loss, ("Inputs",)),
        ("Use when", _bullets(page.use_when)),
        ("Avoid when", _bullets(page.avoid_when)),
        ("Pitfalls", _bullets([*page.notes, *_pitfalls(loss.id)])),
        (
            "Expected values",
            table(("when", "value"), [[*map(cell, e)] for e in page.expected.items()]),
        ),
        *_made(loss, ("Example",)),
        ("In other libraries", _elsewhere(loss)),
        ("References", _references([(each.text, each.link) for each in page.references])),
        *_made(loss, ("Facts",)),
    ]
    parts += [f"## {title}\n\n{text}" for title, text in sections if text]
    return "\n\n".join(parts) + "\n"


def _made(loss: Loss, titles: Sequence[str]) -> list[tuple[str, str]]:
    """Return sections that `lossctl show` lays out in columns, as it prints them."""
    return [
        (title, "```text\n" + re.sub("(?m)^  ", "", text) + "\n```")
        for title, text in page_sections(loss, curve=False)
        if title in titles
    ]


def _formula(text: str) -> str:
    """Typeset a formula; one that the grammar does not know stays as it is written."""
    try:
        lines = formula_lines(text)
    except UnknownFormulaError:
        return f"```text\n{text}\n```"
    rows = "".join(f"<p>{line}</p>" for line in lines)
    name = html_text(text)
    return raw(f'<div class="formula" tabindex="0" role="group" aria-label="{name}">{rows}</div>')


def _drawn(loss: Loss) -> str:
    """Draw the loss and its derivative over the axis of its page."""
    try:
        picture = curve([Spec(loss, {})])
    except LossctlError:
        return ""
    figures = []
    for panel in picture.panels:
        names = "".join(f"<li>{html_text(name)}</li>" for _, name in legend(panel))
        caption = f"<figcaption>{html_text(panel.title)}</figcaption>" if panel.title else ""
        figures.append(
            f"<figure>{caption}{draw_panel(panel)}{f'<ul>{names}</ul>' * bool(names)}</figure>"
        )
    return raw(f'<div class="pictures">{"".join(figures)}</div>')


def _params(params: Sequence[Param]) -> str:
    rows = [
        [
            f"`{entry.name}`",
            "required" if entry.required else f"`{param(entry.default)}`",
            cell(entry.domain.describe()),
            cell(entry.help),
        ]
        for entry in params
    ]
    return table(("name", "default", "allowed", "what it is"), rows)


@cache
def _pitfalls_by_loss() -> dict[str, list[str]]:
    """Return what the decision tree warns of where it recommends a loss."""
    tree, found = load_tree(), dict[str, list[str]]()
    for leaf in tree.leaves.values():
        texts = found.setdefault(leaf.loss, [])
        texts += [tree.pitfalls[name] for name in leaf.pitfalls]
    return found


def _pitfalls(loss: str) -> list[str]:
    return list(dict.fromkeys(_pitfalls_by_loss().get(loss, ())))


def _elsewhere(loss: Loss) -> str:
    """Return what other libraries call the loss, and what gives their number here."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for each in meanings_of(loss.id):
        preset = each.preset(loss, each.presets)
        options = "".join(f" --{n.replace('_', '-')} {param(v)}" for n, v in preset.options.items())
        key = (each.library, f"{spec(loss.id, preset.params)}{options}", each.note)
        rows.setdefault(key, []).append(each.name)
    lines = [
        [cell(library), ", ".join(f"`{name}`" for name in names), f"`{here}`", cell(note)]
        for (library, here, note), names in rows.items()
    ]
    return table(("library", "its name", "the same number here", "note"), lines)


def _references(references: Sequence[tuple[str, str]]) -> str:
    lines = []
    for text, link in references:
        kind, _, rest = link.partition(":")
        address = ADDRESSES[kind.lower()] + rest if kind.lower() in ADDRESSES else link
        lines.append(f"{markdown_text(text)}, [{link}](<{address}>)")
    return "\n".join(f"- {line}" for line in lines)


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {markdown_text(line)}" for line in lines)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table of cells that are Markdown already; nothing without rows."""
    if not rows:
        return ""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
