"""The page of a recipe, made from its file: text, markdown or JSON."""

import json
from typing import Any

from lossctl.core.result import SCHEMA_VERSION
from lossctl.core.spec import param
from lossctl.objective.recipe import Recipe
from lossctl.objective.yaml_nodes import as_plain
from lossctl.report.text import bullets, text_page, wrapped


def render_recipe(recipe: Recipe, form: str, *, colour: bool = False) -> str:
    """Render the page of a recipe."""
    if form == "json":
        return json.dumps(recipe_data(recipe), indent=2, ensure_ascii=False)
    sections = recipe_sections(recipe)
    if form == "markdown":
        body = "\n\n".join(f"## {title}\n\n```\n{text}\n```" for title, text in sections)
        return f"# {recipe.id}: {recipe.title}\n\n{recipe.summary}\n\n{body}"
    return text_page(f"{recipe.id}: {recipe.title}", recipe.summary, sections, colour=colour)


def recipe_sections(recipe: Recipe) -> list[tuple[str, str]]:
    """Return the sections of the page: titles and indented text."""
    width = max(len(one.name) for one in recipe.inputs) + 4
    inputs = [
        wrapped(
            one.help + (" (optional)" if one.optional else ""),
            " " * width,
            f"  {one.name}".ljust(width),
        )
        for one in recipe.inputs
    ]
    params = [
        f"  {one.name} = {param(one.default)}    {one.domain.describe()}\n"
        + wrapped(one.help, "      ")
        for one in recipe.params
    ]
    needed = [f"{one.name}.npy" for one in recipe.inputs if not one.optional]
    file = [
        f"recipe: {recipe.id}",
        "data: {" + ", ".join(f"{n.removesuffix('.npy')}: {n}" for n in needed) + "}",
    ]
    return [
        ("Formula", wrapped(recipe.formula)),
        ("Parameters", "\n".join(params)),
        ("Inputs", "\n".join(inputs)),
        ("Parts", "\n".join(f"  {line}" for line in parts_of(recipe))),
        ("Use when", bullets(recipe.use_when)),
        ("Avoid when", bullets(recipe.avoid_when)),
        ("In the shell", f"  lossctl compute {' '.join(needed)} --loss {recipe.id}"),
        ("In a file for run", "\n".join(f"  {line}" for line in ("version: 1", *file))),
        ("References", bullets([f"{text}, {link}" for text, link in recipe.references])),
        ("Facts", f"  family  recipe\n  tasks   {', '.join(recipe.tasks)}"),
    ]


def parts_of(recipe: Recipe) -> list[str]:
    """Say what each part is, as the file writes it."""
    body = as_plain(recipe.body)
    lines = []
    for term in body.get("supervised", []):
        weight = term.get("weight", body.get("weights", {}).get("supervised", 1))
        lines.append(f"{term['name']}: {term['loss']}, weight {weight}")
    for kind, key in (("rules", "rule"), ("constraints", "constraint")):
        weight = body.get("weights", {}).get(key, 1)
        loss = "rule_satisfaction" if key == "rule" else "constraint_violation"
        lines += [f"{term['name']}: {loss}, weight {weight}" for term in body.get(kind, [])]
    return [line.replace("$", "") for line in lines]


def recipe_data(recipe: Recipe) -> dict[str, Any]:
    """Return the page as data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "id": recipe.id,
        "title": recipe.title,
        "family": "recipe",
        "aliases": [],
        "tasks": list(recipe.tasks),
        "summary": recipe.summary,
        "formula": recipe.formula,
        "params": [
            {"name": p.name, "default": p.default, "domain": p.domain.describe(), "help": p.help}
            for p in recipe.params
        ],
        "inputs": [
            {"name": one.name, "axes": one.axes or None, "help": one.help, "optional": one.optional}
            for one in recipe.inputs
        ],
        "parts": as_plain(recipe.body),
        "use_when": list(recipe.use_when),
        "avoid_when": list(recipe.avoid_when),
        "references": [{"text": text, "link": link} for text, link in recipe.references],
    }
