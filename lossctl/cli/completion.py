"""What the shell completes: losses, their parameters, choices of options."""

from collections.abc import Callable, MutableMapping

BASH_BREAKS = (":", "=")  # bash splits words at these before it asks


def join_words_bash_split(environment: MutableMapping[str, str]) -> str:
    """Undo bash's splitting of ``focal:gamma=`` into words, in the variables typer reads.

    Returns
    -------
    str
        What stands before the last break: bash replaces only what follows it, so the completions
        must be printed without it.
    """
    words = environment.get("COMP_WORDS", "").split()
    if environment.get("_LOSSCTL_COMPLETE") != "complete_bash" or not set(BASH_BREAKS) & set(words):
        return ""
    at = int(environment["COMP_CWORD"])
    typed = words[: at + 1] + [""] * (at + 1 - len(words))
    joined: list[str] = []
    for word in typed:
        if joined and (word in BASH_BREAKS or joined[-1].endswith(BASH_BREAKS)):
            joined[-1] += word
        else:
            joined.append(word)
    environment["COMP_WORDS"] = " ".join(joined)
    environment["COMP_CWORD"] = str(len(joined) - 1)
    return joined[-1][: max(joined[-1].rfind(mark) for mark in BASH_BREAKS) + 1]


def choices(*names: str) -> Callable[[str], list[str]]:
    """Return a completion of a few fixed names."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return complete


def specs(incomplete: str) -> list[str]:
    """Complete ``name`` and then ``name:param=``."""
    from lossctl.losses.catalogue import CATALOGUE, get
    from lossctl.objective.recipes import RECIPES

    name, colon, rest = incomplete.partition(":")
    if not colon:
        return [known for known in (*CATALOGUE, *RECIPES) if known.startswith(name)]
    if name not in CATALOGUE and name not in RECIPES:
        return []
    done, _, last = rest.rpartition(",")
    start = f"{name}:{done}," if done else f"{name}:"
    taken = {part.partition("=")[0] for part in done.split(",")}
    if name in RECIPES:
        from lossctl.objective.recipe import get_recipe

        declared = get_recipe(name).params
    else:
        declared = get(name).params
    names = (param.name for param in declared)
    return [f"{start}{known}=" for known in names if known.startswith(last) and known not in taken]


def losses(incomplete: str) -> list[str]:
    """Complete the name of a loss."""
    from lossctl.losses.catalogue import CATALOGUE
    from lossctl.objective.recipes import RECIPES

    return [known for known in (*CATALOGUE, *RECIPES) if known.startswith(incomplete)]


def families(incomplete: str) -> list[str]:
    """Complete the name of a family."""
    from lossctl.losses.catalogue import FAMILIES

    return [family for family in (*FAMILIES, "recipe") if family.startswith(incomplete)]
