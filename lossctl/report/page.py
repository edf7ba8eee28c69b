"""The page of a loss, made from its declaration: text, markdown or JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lossctl.api import compute
from lossctl.core.errors import UsageError
from lossctl.core.loss import Example, Input, Loss
from lossctl.core.param import Param
from lossctl.core.result import SCHEMA_VERSION
from lossctl.core.spec import param, parse_spec
from lossctl.core.spelling import did_you_mean
from lossctl.engine.bind.axes import describe, packed_axes
from lossctl.evaluation import resolve
from lossctl.losses.catalogue import entry_of
from lossctl.report.recipe import render_recipe
from lossctl.report.terminal_plot import sketch
from lossctl.report.text import bullets, columns, text_page, wrapped

PAGE_FORMATS = ("text", "json", "markdown")


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
        Name or alias, or a ``Loss``.

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
    resolve(name)  # an unknown name is an error here, not when it is printed
    return PageView(name)


def render_page(loss: Any, form: str = "text", *, colour: bool = False) -> str:
    """Render the page of a loss or a recipe, given by id or alias or itself."""
    if form not in PAGE_FORMATS:
        hint = did_you_mean(form, PAGE_FORMATS)
        raise UsageError(f"--format must be one of {', '.join(PAGE_FORMATS)}, got {form!r}{hint}")
    loss = resolve(loss)
    if not isinstance(loss, Loss):
        return render_recipe(loss, form, colour=colour)
    if form == "json":
        return json.dumps(page_data(loss), indent=2, ensure_ascii=False)
    sections = page_sections(loss)
    if form == "markdown":
        body = "\n\n".join(f"## {title}\n\n{_fenced(title, text)}" for title, text in sections)
        return f"# {loss.id}: {loss.title}\n\n{loss.page.summary}\n\n{body}"
    return text_page(f"{loss.id}: {loss.title}", loss.page.summary, sections, colour=colour)


def _fenced(title: str, text: str) -> str:
    plain = "\n".join(line.removeprefix("  ") for line in text.splitlines())
    return (
        plain
        if title in {"Use when", "Avoid when", "Notes", "References"}
        else f"```\n{plain}\n```"
    )


def page_sections(loss: Loss) -> list[tuple[str, str]]:
    """Return the sections of a page: titles and indented text."""
    page, entry = loss.page, entry_of(loss.id)
    expected = [(f"  {name}", text) for name, text in page.expected.items()]
    facts = [
        ("  family", entry.family),
        ("  tasks", ", ".join(loss.tasks)),
        ("  kinks", page.kinks),
        *([("  aliases", ", ".join(entry.aliases))] if entry.aliases else []),
    ]
    sections = [
        ("Formula", wrapped(page.formula)),
        ("Curve", _curve(loss)),
        ("Parameters", _params(every_param(loss))),
        ("Inputs", "\n".join(_input(line) for line in _inputs(loss))),
        ("Use when", bullets(page.use_when)),
        ("Avoid when", bullets(page.avoid_when)),
        ("Expected range", _table(expected)),
        ("Example", "\n".join(_example(example) for example in page.examples)),
        ("Notes", bullets(page.notes)),
        ("References", bullets([f"{one.text}, {one.link}" for one in page.references])),
        ("Facts", _table(facts)),
    ]
    return [(title, text) for title, text in sections if text]


def _table(rows: Sequence[tuple[str, str]]) -> str:
    return columns(("", ""), rows).partition("\n")[2]


def _params(params: Sequence[Param]) -> str:
    lines = []
    for one in params:
        default = "(required)" if one.required else param(one.default)
        lines.append(f"  {one.name} = {default}    {one.domain.describe()}")
        lines.append(wrapped(one.help, "      "))
    return "\n".join(lines)


def _inputs(loss: Loss) -> list[tuple[str, str]]:
    given = [(entry.name, _told(loss, entry)) for entry in loss.inputs]
    if loss.packs:
        given.append(("or stacked", f"{', '.join(loss.packs)} in one array, {packed_axes(loss)}"))
    for variant in loss.variants:
        others = [f"{entry.name} {describe(entry.axes)}" for entry in variant.inputs]
        stacked = f", also stacked in one array, {packed_axes(variant)}" if variant.packs else ""
        given.append(("or", " and ".join(others) + stacked))
    if loss.grouped in {"batch", "lists"}:
        given.append(("groups", "--batch-size N or --group FILE; all items, or the last item axis"))
    return [*given, ("read as", ", ".join(loss.kinds))]


def _told(loss: Loss, entry: Input) -> str:
    """Say what an input is, its axes where they are its own, and what stands for it if absent."""
    text = f"{describe(entry.axes)} {entry.help}" if loss.in_words else entry.help
    if entry.default is not None:
        return f"{text}; {entry.default:g} when not given"
    return f"{text}; may be left out" if entry.optional else text


def every_param(loss: Loss) -> list[Param]:
    """Return the parameters of a loss and of its variants, each once."""
    found = {p.name: p for one in (loss, *loss.variants) for p in one.params}
    return list(found.values())


def _input(line: tuple[str, str]) -> str:
    name, text = line
    return wrapped(text, " " * 15, f"  {name:<12} ")


def _example(example: Example) -> str:
    spec = ",".join(f"{name}={param(value)}" for name, value in example.params.items())
    parts = [] if example.predictions is None else [f"predictions {example.predictions}"]
    parts += [f"{name} {given}" for name, given in example.others.items()]
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
    example = loss.page.examples[0].params if loss.page.examples else {}
    given = {
        one.name: example.get(one.name, next(iter(one.domain.inside())))
        for one in loss.params
        if one.required
    }

    def value(point: float) -> float:
        options: dict[str, Any] = {"threads": 1, **given}
        if curve.kind != "auto":
            options["input"] = curve.kind
        inputs = curve.inputs(point)
        if isinstance(inputs, Mapping):
            return float(compute(loss, **inputs, **options).value)
        return float(compute(loss, *inputs, **options).value)

    try:
        lines = sketch(value, curve.low, curve.high, curve.label)
    except (ValueError, ArithmeticError):
        if loss.page.is_brief:
            return ""
        raise
    return "\n".join(f"  {line}" for line in lines.splitlines())


def page_data(loss: Loss) -> dict[str, Any]:
    """Return the page as data."""
    page, entry = loss.page, entry_of(loss.id)
    return {
        "schema_version": SCHEMA_VERSION,
        "id": loss.id,
        "title": loss.title,
        "family": entry.family,
        "aliases": list(entry.aliases),
        "tasks": list(loss.tasks),
        "summary": page.summary,
        "formula": page.formula,
        "params": [
            {"name": p.name, "default": p.default, "domain": p.domain.describe(), "help": p.help}
            for p in every_param(loss)
        ],
        "inputs": [{**_input_data(one), "default": one.default} for one in loss.inputs],
        "variants": [[_input_data(one) for one in way.inputs] for way in loss.variants],
        "stacked": packed_axes(loss) if loss.packs else None,
        "grouped": loss.grouped,
        "kinds": list(loss.kinds),
        "use_when": list(page.use_when),
        "avoid_when": list(page.avoid_when),
        "expected": dict(page.expected),
        "notes": list(page.notes),
        "kinks": page.kinks,
        "references": [{"text": one.text, "link": one.link} for one in page.references],
        "examples": [_example_data(one) for one in page.examples],
    }


def _input_data(given: Input) -> dict[str, Any]:
    return {"name": given.name, "axes": given.axes, "kind": given.kind, "help": given.help}


def _example_data(example: Example) -> dict[str, Any]:
    return {
        "predictions": example.predictions,
        "targets": example.targets,
        "others": dict(example.others),
        "params": dict(example.params),
        "value": example.value,
        "working": example.working,
    }
