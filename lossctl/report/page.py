"""The page of a loss, made from its declaration, or of a recipe, made from its file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from lossctl.core.domain import Param
from lossctl.core.loss import Example, Input, Loss
from lossctl.core.metric import Metric
from lossctl.core.spec import param, parse_spec
from lossctl.core.spelling import option
from lossctl.engine.bind.axes import describe, packed_axes
from lossctl.loss_specs import spec_of
from lossctl.losses.catalogue import entry_of, own_id
from lossctl.losses.framework_names import Preset
from lossctl.metrics.known_metrics import METRICS, NEEDS, find, load
from lossctl.objective.recipe import Recipe
from lossctl.objective.yaml_nodes import as_plain
from lossctl.pictures.curve import own_way, required_params, value_at
from lossctl.report.formats import (
    bullets,
    continued,
    definitions,
    require_format,
    wrapped,
)
from lossctl.report.listed import SCHEMA_VERSION
from lossctl.report.metric_listing import metric_data
from lossctl.report.printed_page import CURVE, PAGE_FORMATS, PrintedPage
from lossctl.report.terminal_plot import sketch


@dataclass(frozen=True, repr=False)
class PageView:
    """The page of a loss: its text where it is printed, Markdown in notebooks."""

    loss: Any

    def __repr__(self) -> str:
        """Return the text of the page."""
        return render_page(self.loss)

    def _repr_markdown_(self) -> str:
        """Return the page for a notebook."""
        return render_page(self.loss, "markdown")

    def to_dict(self) -> dict[str, Any]:
        """Return the page as data, as ``lossctl show --format json`` prints it."""
        return dict(json.loads(render_page(self.loss, "json")))


def show(loss: Any) -> PageView:
    """Return the page of a loss or a recipe: formula, parameters, inputs, when to use it.

    Parameters
    ----------
    loss
        Name or alias of a loss, a metric or a recipe, or a ``Loss``.

    Raises
    ------
    UsageError
        For an unknown name, with the nearest one.

    Examples
    --------
    >>> show("huber").to_dict()["params"][0]["name"]
    'delta'
    """
    name = parse_spec(loss)[0] if isinstance(loss, str) else loss
    target_of(name)  # an unknown name is an error here, not when it is printed
    return PageView(name)


def render_page(loss: Any, form: str = "text", *, colour: bool = False, curve: bool = True) -> str:
    """Render the page of a loss or a recipe, given by id or alias or itself.

    Parameters
    ----------
    curve
        Whether what shows the page has the characters that curves are drawn with.
    """
    require_format(form, PAGE_FORMATS)
    page = page_of(*target_of(loss), curve=curve and form != "json")
    return page.render(form, colour=colour)


def page_of(target: Any, preset: Preset | None = None, *, curve: bool = True) -> PrintedPage:
    """Return what stands on the page of a loss, a metric or a recipe."""
    is_loss = isinstance(target, Loss)
    return PrintedPage(
        title=f"{target.id}: {target.title}",
        summary=target.page.summary if is_loss else target.summary,
        sections=page_sections(target, curve=curve) if is_loss else recipe_sections(target),
        data=page_data(target) if is_loss else recipe_data(target),
        note="" if preset is None else preset.note,
    )


def target_of(loss: Any) -> tuple[Any, Preset | None]:
    """Return what a name stands for, a loss or recipe before a metric, and what the name sets."""
    if isinstance(loss, str) and own_id(loss) is None:
        found = find(loss)
        if found is not None:
            return load(found[0]), None
    target, _, preset = spec_of(loss, {})
    return target, preset


def _facts(loss: Loss) -> list[tuple[str, str]]:
    """Return what stands at the end of a page, and of a metric which values are better."""
    if isinstance(loss, Metric):
        entry = METRICS[loss.id]
        return [
            ("better", f"{'higher' if loss.higher_is_better else 'lower'}; {loss.best_range}"),
            ("reads", NEEDS[loss.needs]),
            ("tasks", ", ".join(loss.tasks)),
            ("aliases", ", ".join((*entry.aliases, *entry.presets))),
        ]
    family = entry_of(loss.id)
    return [
        ("family", family.family),
        ("tasks", ", ".join(loss.tasks)),
        ("kinks", loss.page.kinks),
        *([("aliases", ", ".join(family.aliases))] if family.aliases else []),
    ]


def page_sections(loss: Loss, *, curve: bool = True) -> list[tuple[str, str]]:
    """Return the sections of a page, the curve last: titles and indented text."""
    page = loss.page
    expected = [(name, text) for name, text in page.expected.items()]
    facts = [
        *_facts(loss),
        *([("also called", ", ".join(page.also_called))] if page.also_called else []),
    ]
    sections = [
        ("Formula", wrapped(page.formula)),
        ("Parameters", _params(every_param(loss))),
        ("Inputs", definitions(_inputs(loss))),
        ("Use when", bullets(page.use_when)),
        ("Avoid when", bullets(page.avoid_when)),
        ("Expected range", definitions(expected)),
        ("Example", "\n".join(_example(example) for example in page.examples)),
        ("Notes", bullets(page.notes)),
        ("References", bullets([f"{entry.text}, {entry.link}" for entry in page.references])),
        ("Facts", definitions(facts)),
        (CURVE, _curve(loss) if curve and not loss.is_metric else ""),
    ]
    return [(title, text) for title, text in sections if text]


def _params(params: Sequence[Param]) -> str:
    lines = []
    for entry in params:
        default = "(required)" if entry.required else param(entry.default)
        lines.append(f"  {entry.name} = {default}    {entry.domain.describe()}")
        lines.append(wrapped(entry.help, "      "))
    return "\n".join(lines)


def _inputs(loss: Loss) -> list[tuple[str, str]]:
    lines = [(entry.name, _input_help(loss, entry)) for entry in loss.inputs]
    if loss.packs:
        lines.append(("or stacked", f"{', '.join(loss.packs)} in one array, {packed_axes(loss)}"))
    for variant in loss.variants:
        others = [f"{entry.name} {describe(entry.axes)}" for entry in variant.inputs]
        stacked = f", also stacked in one array, {packed_axes(variant)}" if variant.packs else ""
        lines.append(("or", " and ".join(others) + stacked))
    if loss.grouped in {"batch", "lists"}:
        lines.append(
            (
                "groups",
                f"{option('batch_size')} or {option('group')}; all items, or the last item axis",
            )
        )
    return [*lines, ("read as", ", ".join(loss.kinds))]


def _input_help(loss: Loss, entry: Input) -> str:
    """Say what an input is, its axes where they are its own, and what stands for it if absent."""
    text = f"{describe(entry.axes)} {entry.help}" if loss.in_words else entry.help
    if entry.default is not None:
        return f"{text}; {entry.default:g} when not given"
    return f"{text}; may be left out" if entry.optional else text


def every_param(loss: Loss) -> list[Param]:
    """Return the parameters of a loss and of its variants, each once."""
    params = {entry.name: entry for each in (loss, *loss.variants) for entry in each.params}
    return list(params.values())


def _example(example: Example) -> str:
    spec = ",".join(f"{name}={param(value)}" for name, value in example.params.items())
    parts = [] if example.predictions is None else [f"predictions {example.predictions}"]
    parts += [f"{name} {value}" for name, value in example.others.items()]
    if example.targets is not None:
        parts.append(f"targets {example.targets}")
    if spec:
        parts.append(spec)
    return wrapped(f"{', '.join(parts)}: {example.value:.10g} = {example.working}")


def _curve(loss: Loss) -> str:
    """Draw the loss at its defaults; required parameters are those of the first example.

    Nothing is drawn of a brief page whose function is not finite where its curve would be.
    """
    curve = loss.page.curve
    value = partial(value_at, loss, own_way(loss), required_params(loss))
    try:
        lines = sketch(value, curve.low, curve.high, curve.label)
    except (ValueError, ArithmeticError):
        if loss.page.is_brief:
            return ""
        raise
    return "\n".join(f"  {line}" for line in lines.splitlines())


def page_data(loss: Loss) -> dict[str, Any]:
    """Return the page as data."""
    page = loss.page
    return {
        "schema_version": SCHEMA_VERSION,
        "id": loss.id,
        "title": loss.title,
        **_names_data(loss),
        "also_called": list(page.also_called),
        "tasks": list(loss.tasks),
        "summary": page.summary,
        "formula": page.formula,
        "params": [
            {"name": p.name, "default": p.default, "domain": p.domain.describe(), "help": p.help}
            for p in every_param(loss)
        ],
        "inputs": [{**_input_data(each), "default": each.default} for each in loss.inputs],
        "variants": [[_input_data(each) for each in way.inputs] for way in loss.variants],
        "stacked": packed_axes(loss) if loss.packs else None,
        "grouped": loss.grouped,
        "kinds": list(loss.kinds),
        "use_when": list(page.use_when),
        "avoid_when": list(page.avoid_when),
        "expected": dict(page.expected),
        "notes": list(page.notes),
        "kinks": page.kinks,
        "references": [{"text": each.text, "link": each.link} for each in page.references],
        "examples": [_example_data(each) for each in page.examples],
    }


def _names_data(loss: Loss) -> dict[str, Any]:
    """Return the family of a loss, or what a metric is, and other names."""
    if isinstance(loss, Metric):
        data = metric_data(loss)
        own = {name: data[name] for name in ("direction", "range", "needs", "aliases")}
        return {"kind": "metric", **own}
    entry = entry_of(loss.id)
    return {"family": entry.family, "aliases": list(entry.aliases)}


def _input_data(entry: Input) -> dict[str, Any]:
    return {"name": entry.name, "axes": entry.axes, "kind": entry.kind, "help": entry.help}


def _example_data(example: Example) -> dict[str, Any]:
    return {
        "predictions": example.predictions,
        "targets": example.targets,
        "others": dict(example.others),
        "params": dict(example.params),
        "value": example.value,
        "working": example.working,
    }


# Recipes


def recipe_sections(recipe: Recipe) -> list[tuple[str, str]]:
    """Return the sections of the page of a recipe: titles and indented text."""
    inputs = [
        (each.name, each.help + (" (optional)" if each.optional else "")) for each in recipe.inputs
    ]
    params = [
        f"  {each.name} = {param(each.default)}    {each.domain.describe()}\n"
        + wrapped(each.help, "      ")
        for each in recipe.params
    ]
    needed = [f"{each.name}.npy" for each in recipe.inputs if not each.optional]
    names = [f"  {name.removesuffix('.npy')}: {name}" for name in needed]
    file = ["version: 1", f"recipe: {recipe.id}", "data:", *names]
    command = f"lossctl compute {' '.join(needed)} --loss {recipe.id}"
    return [
        ("Formula", wrapped(recipe.formula)),
        ("Parameters", "\n".join(params)),
        ("Inputs", definitions(inputs)),
        ("Parts", "\n".join(f"  {line}" for line in parts_of(recipe))),
        ("Use when", bullets(recipe.use_when)),
        ("Avoid when", bullets(recipe.avoid_when)),
        ("In the shell", "\n".join(f"  {line}" for line in continued(command, 76))),
        ("In a file for run", "\n".join(f"  {line}" for line in file)),
        ("References", bullets([f"{text}, {link}" for text, link in recipe.references])),
        ("Facts", definitions([("family", "recipe"), ("tasks", ", ".join(recipe.tasks))])),
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
    """Return the page of a recipe as data."""
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
            {
                "name": each.name,
                "axes": each.axes or None,
                "help": each.help,
                "optional": each.optional,
            }
            for each in recipe.inputs
        ],
        "parts": as_plain(recipe.body),
        "use_when": list(recipe.use_when),
        "avoid_when": list(recipe.avoid_when),
        "references": [{"text": text, "link": link} for text, link in recipe.references],
    }
