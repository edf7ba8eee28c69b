"""What the shell completes: losses, their parameters, choices of options."""


def specs(incomplete: str) -> list[str]:
    """Complete ``name`` and then ``name:param=``."""
    from lossctl.losses.catalogue import CATALOGUE, get

    name, colon, rest = incomplete.partition(":")
    if not colon:
        return [loss_id for loss_id in CATALOGUE if loss_id.startswith(name)]
    if name not in CATALOGUE:
        return []
    done, _, last = rest.rpartition(",")
    start = f"{name}:{done}," if done else f"{name}:"
    taken = {part.partition("=")[0] for part in done.split(",")}
    names = (param.name for param in get(name).params)
    return [f"{start}{known}=" for known in names if known.startswith(last) and known not in taken]


def losses(incomplete: str) -> list[str]:
    """Complete the name of a loss."""
    from lossctl.losses.catalogue import CATALOGUE

    return [loss_id for loss_id in CATALOGUE if loss_id.startswith(incomplete)]


def families(incomplete: str) -> list[str]:
    """Complete the name of a family."""
    from lossctl.losses.catalogue import FAMILIES

    return [family for family in FAMILIES if family.startswith(incomplete)]


def input_kinds(incomplete: str) -> list[str]:
    """Complete --input."""
    kinds = ("auto", "logits", "probabilities", "log_probabilities", "labels")
    return [kind for kind in kinds if kind.startswith(incomplete)]


def tasks(incomplete: str) -> list[str]:
    """Complete --task."""
    return [
        task
        for task in ("auto", "binary", "multilabel", "multiclass")
        if task.startswith(incomplete)
    ]


def reductions(incomplete: str) -> list[str]:
    """Complete --reduction."""
    return [name for name in ("mean", "sum", "none") if name.startswith(incomplete)]


def formats(incomplete: str) -> list[str]:
    """Complete --format."""
    names = ("table", "plain", "json", "jsonl", "csv", "markdown")
    return [name for name in names if name.startswith(incomplete)]
