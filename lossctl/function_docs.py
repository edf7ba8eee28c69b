"""The signature and the docstring of a loss as a function, made from its declaration.

``help(lossctl.losses.focal)``, ``inspect.signature(lossctl.losses.focal)`` and the stubs for type
checkers and editors all come from here.
"""

import inspect
from collections.abc import Iterator, Sequence
from textwrap import TextWrapper
from typing import Any, Literal

from lossctl.core.domain import Param
from lossctl.core.loss import Example, Loss
from lossctl.core.options import OPTIONS, Option
from lossctl.engine.bind.axes import describe, packed_axes
from lossctl.losses.catalogue import CATALOGUE, entry_of

WIDTH = 76  # of help() in a terminal of 80 columns, less its margin
ABSENT = None  # the default of an input that may be left out
POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
KEYWORD = inspect.Parameter.KEYWORD_ONLY
BESIDE = {
    "weights": "Non-negative weight of each item; the mean divides by their sum.",
    "group": "One number per item: items with equal numbers form a group.",
}


def signature_of(target: Any) -> inspect.Signature:
    """Return the arguments of a loss or a recipe: inputs, parameters, weights, options.

    Losses that read their inputs in several ways take any number by place, and each by its name.
    """
    keywords = [
        inspect.Parameter(
            param.name,
            KEYWORD,
            default=inspect.Parameter.empty if param.required else param.default,
            annotation=annotation_of(param),
        )
        for param in params_of(target)
    ]
    keywords += [inspect.Parameter(name, KEYWORD, default=ABSENT) for name in beside(target)]
    keywords += [
        inspect.Parameter(
            option.name, KEYWORD, default=option.default, annotation=option.domain.annotation
        )
        for option in options_of(target)
    ]
    return inspect.Signature([*_inputs(target), *keywords], return_annotation=float)


def _inputs(target: Any) -> list[inspect.Parameter]:
    taken = {param.name for param in params_of(target)}
    every = dict.fromkeys(e.name for variant in (target, *target.variants) for e in variant.inputs)
    if target.variants or target.packs or taken & every.keys():
        by_name = [inspect.Parameter(n, KEYWORD, default=ABSENT) for n in every if n not in taken]
        return [inspect.Parameter("inputs", inspect.Parameter.VAR_POSITIONAL), *by_name]
    return [
        inspect.Parameter(
            entry.name, POSITIONAL, default=inspect.Parameter.empty if entry.required else ABSENT
        )
        for entry in target.inputs
    ]


def params_of(target: Any) -> list[Param]:
    """Return the parameters of a loss and of its variants, or of a recipe, each once."""
    return list(
        {p.name: p for variant in (target, *target.variants) for p in variant.params}.values()
    )


def options_of(target: Any) -> list[Option]:
    """Return the shared options that mean something to a loss or a recipe.

    A parameter stands before an option of its name.
    """
    params = {param.name for param in params_of(target)}
    is_loss = isinstance(target, Loss)
    return [
        option
        for option in OPTIONS.values()
        if (option.takes(target) if is_loss else option.in_recipes) and option.name not in params
    ]


def beside(target: Any) -> list[str]:
    """Return what may stand beside the inputs: weights of items, or their groups."""
    if not isinstance(target, Loss):
        return []
    if target.grouped is None:
        return ["weights"]
    return ["group"] if target.grouped in {"batch", "lists"} else []


def annotation_of(param: Param) -> Any:
    """Return the type of a parameter, with the words that stand for something measured."""
    annotation = getattr(param.domain, "annotation", Any)
    for word in param.measured:
        annotation |= None if word is None else Literal[word]
    return annotation | None if param.default is None and not param.required else annotation


def docstring_of(target: Any, without: Sequence[str] = ()) -> str:
    """Return the documentation of a loss or a recipe, in the form of NumPy's docstrings.

    Sections named in `without` are left out.
    """
    page = target.page if isinstance(target, Loss) else target
    sections = {
        "Parameters": [*_inputs_in_words(target), *_keywords_in_words(target)],
        "Returns": _answer(target),
        "Raises": [
            *_entry("UsageError", "For a parameter outside its domain, or an unknown option."),
            *_entry(
                "DataError", "For inputs whose shapes do not match, or values outside their domain."
            ),
        ],
        "Notes": [_bullet(note) for note in _notes(target)],
        "Examples": [*_examples(target)],
        "References": [_bullet(_reference(reference)) for reference in page.references],
    }
    head = f"{_wrapped(page.summary)}\n\n{_under(page.formula)}"
    parts = [
        "\n".join([title, "-" * len(title), *lines])
        for title, lines in sections.items()
        if lines and title not in without
    ]
    return "\n\n".join([head, *parts])


def _answer(target: Any) -> list[str]:
    if isinstance(target, Loss):
        return _entry("float", 'With ``reduction="none"``, an array: the loss of each item.')
    return _entry("float", "The weighted sum of its parts.")


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    return TextWrapper(WIDTH, first, rest, break_on_hyphens=False).fill(text)


def _under(text: str) -> str:
    return _wrapped(text, "    ", "    ")


def _entry(name: str, text: str) -> list[str]:
    return [name, _under(text)]


def _bullet(text: str) -> str:
    return _wrapped(text, "- ", "  ")


def _inputs_in_words(target: Any) -> Iterator[str]:
    for entry in target.inputs:
        plain = isinstance(target, Loss) and not target.in_words  # their help says the shapes
        shape = "" if plain or not entry.axes else f" {describe(entry.axes)}"
        constant = "" if entry.default is None else f"; {entry.default:g} when not given"
        help_text = f"{entry.help[:1].upper()}{entry.help[1:]}{constant}."
        absent = "" if entry.required else ", optional"
        yield from _entry(f"{entry.name} : array{shape}{absent}", help_text)
    if target.packs:
        yield _under(f"{', '.join(target.packs)} may come in one array, {packed_axes(target)}.")
    for variant in target.variants:
        names = ", ".join(f"{entry.name} {describe(entry.axes)}" for entry in variant.inputs)
        yield _under(f"Or, in place of these: {names}.")


def _keywords_in_words(target: Any) -> Iterator[str]:
    for param in params_of(target):
        default = "required" if param.required else f"default {param.default!r}"
        yield from _entry(f"{param.name} : {param.domain.describe()}, {default}", param.help)
    for name in beside(target):
        yield from _entry(f"{name} : array, optional", BESIDE[name])
    names = ", ".join(option.name for option in options_of(target))
    yield from _entry(_wrapped(names), "Options that all losses share: ``help(lossctl.compute)``.")


def _examples(target: Any) -> Iterator[str]:
    """Write the worked examples as calls, with their values to six digits."""
    examples: Sequence[Example] = target.page.examples if isinstance(target, Loss) else ()
    if examples:
        yield ">>> import lossctl"
    for example in examples:
        inputs = [e for e in (example.predictions, example.targets) if e is not None]
        named = {**example.others, **example.params}
        arguments = [*map(repr, inputs), *(f"{name}={value!r}" for name, value in named.items())]
        yield f">>> round(lossctl.losses.{target.id}({', '.join(arguments)}), 6)"
        yield repr(round(float(example.value), 6))


def _notes(target: Any) -> Iterator[str]:
    if isinstance(target, Loss):
        yield from target.page.notes
        if target.id in CATALOGUE:
            yield f"declared in lossctl/losses/{entry_of(target.id).family}/{target.id}.py"
    else:
        yield f"declared in lossctl/objective/recipes/{target.id}.yaml"
    yield f"when to use it, what to expect, its curve: ``lossctl.show({target.id!r})``"


def _reference(reference: Any) -> str:
    return ", ".join(
        reference if isinstance(reference, tuple) else (reference.text, reference.link)
    )
