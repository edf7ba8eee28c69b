"""Recipes: read, given parameters and inputs, and turned into an ordinary configuration."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from lossctl.core.domain import Choice, Domain, Interval, Param, bind_params
from lossctl.core.errors import UsageError
from lossctl.core.loss import Input
from lossctl.core.option_domains import Integer
from lossctl.core.spelling import did_you_mean, visible
from lossctl.engine.bind.axes import match
from lossctl.engine.sources import Source
from lossctl.losses.catalogue import RECIPES, recipe_id
from lossctl.objective.yaml_nodes import (
    YamlList,
    YamlMapping,
    YamlNode,
    YamlScalar,
    as_plain,
    parse_documents,
    refuse,
)

LISTS = ("supervised", "rules", "constraints")


@dataclass(frozen=True)
class LossName:
    """Any text: a loss of the catalogue, checked where it is used."""

    example: str

    annotation = str

    def accept(self, value: Any) -> str:
        """Return a text that is not empty."""
        if isinstance(value, str) and value:
            return str(value)
        raise ValueError(f"must be {self.describe()}, got {value!r}")

    def describe(self) -> str:
        """Say what it is."""
        return "the name of a loss"

    def inside(self) -> list[Any]:
        """An example."""
        return [self.example]

    def outside(self) -> list[Any]:
        """What is no text."""
        return [None, 3.5, ""]


@dataclass(frozen=True)
class Recipe:
    """A named composition: what it is, its inputs and parameters, and its terms.

    The axes of an input are empty where its parts read it in different ways.
    """

    id: str
    title: str
    summary: str
    formula: str
    tasks: Sequence[str]
    use_when: Sequence[str]
    avoid_when: Sequence[str]
    references: Sequence[tuple[str, str]]
    inputs: Sequence[Input]
    params: Sequence[Param]
    body: YamlMapping
    packs: Sequence[str] = ()
    variants: Sequence["Recipe"] = ()

    @property
    def part_names(self) -> list[str]:
        """Names of its terms, those of optional inputs too."""
        body = as_plain(self.body)
        return [str(term["name"]) for key in LISTS for term in body.get(key, [])]

    def bind(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Check parameters and fill in defaults."""
        return bind_params(self.id, self.params, params)

    def filled(self, params: Mapping[str, Any], inputs: Sequence[str]) -> YamlMapping:
        """Return the terms with the parameters put in, and without what optional inputs lack."""
        absent = {
            entry.name for entry in self.inputs if entry.optional and entry.name not in inputs
        }
        entries: dict[str, YamlNode] = {}
        for name, node in self.body.entries.items():
            filled_node = _filled(node, params)
            if name in LISTS and isinstance(filled_node, YamlList):
                kept = [_without(entry, absent) for entry in filled_node.entries]
                terms = tuple(entry for entry in kept if entry is not None)
                if not terms:
                    continue
                filled_node = YamlList(terms, filled_node.place)
            entries[name] = filled_node
        return YamlMapping(entries, self.body.places, self.body.place)


def _filled(node: YamlNode, params: Mapping[str, Any]) -> YamlNode:
    """Put the values of parameters in place of ``$name``."""
    if isinstance(node, YamlScalar):
        value = node.value
        if isinstance(value, str) and value.startswith("$"):
            return YamlScalar(params[value[1:]], node.place)
        return node
    if isinstance(node, YamlList):
        return YamlList(tuple(_filled(entry, params) for entry in node.entries), node.place)
    entries = {name: _filled(entry, params) for name, entry in node.entries.items()}
    return YamlMapping(entries, node.places, node.place)


def _without(node: YamlNode, absent: set[str]) -> YamlNode | None:
    """Drop a term whose values are not given, and masks and weights that are not."""
    assert isinstance(node, YamlMapping)  # noqa: S101 - a term is a mapping
    kept = {}
    for key, entry in node.entries.items():
        if isinstance(entry, YamlScalar) and entry.value in absent:
            if key == "values":
                return None
            continue
        kept[key] = entry
    return YamlMapping(kept, node.places, node.place)


@cache
def get_recipe(name: str) -> Recipe:
    """Return a recipe by name.

    Raises
    ------
    UsageError
        For a name that is none, with the nearest one.
    """
    known = recipe_id(name)
    if known not in RECIPES:
        hint = did_you_mean(known, RECIPES) or f"; there is {', '.join(RECIPES)}"
        raise UsageError(f"unknown recipe {visible(repr(name))}{hint}")
    resource = files("lossctl.objective").joinpath("recipes", f"{known}.yaml")
    label = f"recipe {known}"
    (node,) = parse_documents(resource.read_text(encoding="utf-8"), Path(f"{known}.yaml"), label)
    assert isinstance(node, YamlMapping)  # noqa: S101 - it ships with the package
    about = as_plain(node.entries["about"])
    declared = {"about", "inputs", "params"}
    body = {key: entry for key, entry in node.entries.items() if key not in declared}
    return Recipe(
        id=known,
        **{**about, "references": [tuple(reference) for reference in about["references"]]},
        inputs=[_input(key, entry) for key, entry in as_plain(node.entries["inputs"]).items()],
        params=[_param(key, entry) for key, entry in as_plain(node.entries["params"]).items()],
        body=YamlMapping(body, node.places, node.place),
    )


def _input(name: str, declared: Mapping[str, Any]) -> Input:
    optional = bool(declared.get("optional", False))
    return Input(name, declared.get("axes", ""), "value", declared["help"], optional=optional)


@dataclass(frozen=True)
class _DeclaredAxes:
    """The inputs of a recipe that declare axes, as the matcher of axes takes them."""

    id: str
    inputs: Sequence[Input]


def require_axes(recipe: Recipe, sources: Mapping[str, Source]) -> None:
    """Check the shapes of inputs against each other before any part reads them.

    So inputs in a wrong order are not taken for what each part would make of them.

    Raises
    ------
    DataError
        Naming the input that does not fit, or two that differ.
    """
    declared = [entry for entry in recipe.inputs if entry.axes and entry.name in sources]
    if declared:
        match(_DeclaredAxes(recipe.id, declared), sources, None)


def _param(name: str, declared: Mapping[str, Any]) -> Param:
    default = declared["default"]
    domain: Domain
    if "choices" in declared:
        domain = Choice(tuple(declared["choices"]))
    elif isinstance(default, str):
        domain = LossName(default)
    elif isinstance(default, int):
        domain = Integer()
    else:
        open_below = "above" in declared
        low = declared.get("above", declared.get("least", -math.inf))
        high = declared.get("most", math.inf)
        closed = {True: "right", False: "both"}[open_below]
        domain = Interval(float(low), float(high), closed)
    return Param(name, default, domain, declared["help"])


def expanded(node: YamlMapping, merge: Callable[[YamlNode, YamlNode], YamlNode]) -> YamlMapping:
    """Return a document with the terms of its recipe before its own."""
    name = node.entries.get("recipe")
    if name is None:
        if "params" in node.entries:
            refuse(node.places["params"], "params are those of a recipe; name it: recipe: vae")
        return node
    if not isinstance(name, YamlScalar) or not isinstance(name.value, str):
        refuse(name.place, "recipe must be the name of a recipe")
    try:
        recipe = get_recipe(name.value)
    except UsageError as error:
        refuse(name.place, str(error))
    data = node.entries.get("data")
    data_names = list(data.entries) if isinstance(data, YamlMapping) else []
    place = node.places.get("data", node.place)
    for entry in recipe.inputs:
        if entry.required and entry.name not in data_names:
            refuse(place, f"recipe {recipe.id} needs data.{entry.name}: {entry.help}")
    template = recipe.filled(_params_of(recipe, node), data_names)
    entries = dict(node.entries)
    # A list replaces the one below it when merged; here the terms of the recipe come first.
    for key in LISTS:
        first, more = template.entries.get(key), entries.get(key)
        if isinstance(first, YamlList) and more is not None:
            added = more.entries if isinstance(more, YamlList) else (more,)
            entries[key] = YamlList((*first.entries, *added), more.place)
    rest = {key: entry for key, entry in entries.items() if key != "params"}
    document = merge(template, YamlMapping(rest, node.places, node.place))
    assert isinstance(document, YamlMapping)  # noqa: S101 - two mappings merge into one
    return document


def _params_of(recipe: Recipe, node: YamlMapping) -> dict[str, Any]:
    params_node = node.entries.get("params")
    if params_node is None:
        return recipe.bind({})
    if not isinstance(params_node, YamlMapping):
        refuse(params_node.place, "params must be a mapping of names")
    for name, entry in params_node.entries.items():
        try:
            recipe.bind({name: as_plain(entry)})
        except UsageError as error:
            refuse(
                entry.place if recipe_has(recipe, name) else params_node.places[name], str(error)
            )
    return recipe.bind({name: as_plain(entry) for name, entry in params_node.entries.items()})


def recipe_has(recipe: Recipe, name: str) -> bool:
    """Whether a recipe has a parameter."""
    return any(param.name == name for param in recipe.params)
