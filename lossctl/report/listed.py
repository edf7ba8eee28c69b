"""What a list says of a loss or a recipe, and what searches find it by."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lossctl.core.loss import Loss
    from lossctl.objective.recipe import Recipe

SCHEMA_VERSION = 1  # of lists and pages as JSON
RECIPE = "recipe"


class Listed(NamedTuple):
    """One loss or recipe.

    Attributes
    ----------
    params
        The default of each parameter.
    elsewhere, libraries
        Its names in other libraries, and these.
    page_text
        All texts of its page.
    """

    id: str
    title: str
    family: str
    aliases: Sequence[str]
    also_called: Sequence[str]
    tasks: Sequence[str]
    summary: str
    params: Mapping[str, Any]
    elsewhere: Sequence[str]
    libraries: Sequence[str]
    page_text: str

    def as_data(self) -> dict[str, Any]:
        """Return what `list` prints of it as JSON."""
        data = self._asdict()
        return {name: data[name] for name in self._fields[: self._fields.index("elsewhere")]}

    @property
    def own_names(self) -> Sequence[str]:
        """The id and aliases."""
        return (self.id, *self.aliases)

    @property
    def textbook_names(self) -> Sequence[str]:
        """The title, and what else it is called."""
        return (self.title, *self.also_called)


def every_listed() -> Iterator[Listed]:
    """Yield every loss in the order of the catalogue, losses of plugins, and recipes."""
    from lossctl.losses.catalogue import RECIPES, every_loss
    from lossctl.objective.recipe import get_recipe

    yield from map(_of_loss, every_loss())
    yield from (_of_recipe(get_recipe(name)) for name in RECIPES)


def _of_loss(loss: "Loss") -> Listed:
    from lossctl.losses.catalogue import FAMILIES, entry_of

    page, entry = loss.page, entry_of(loss.id)
    texts = [*page.notes, *page.expected.values(), page.kinks]
    texts += [each.text for each in page.references]
    of_catalogue = (entry.family, list(entry.aliases), list(page.also_called))
    return _listed(loss, page, of_catalogue, [*texts, FAMILIES[entry.family]])


def _of_recipe(recipe: "Recipe") -> Listed:
    return _listed(recipe, recipe, (RECIPE, [], []), [text for text, _ in recipe.references])


def _listed(
    entry: "Loss | Recipe",
    page: Any,
    of_catalogue: tuple[str, list[str], list[str]],
    texts: list[str],
) -> Listed:
    from lossctl.losses.framework_names import libraries_of, names_elsewhere

    family, aliases, also_called = of_catalogue
    every_text = [page.summary, page.formula, *page.use_when, *page.avoid_when, *entry.tasks]
    every_text += [each.help for each in entry.params]
    every_text += [each.help for each in entry.inputs]
    return Listed(
        id=entry.id,
        title=entry.title,
        family=family,
        aliases=aliases,
        also_called=also_called,
        tasks=list(entry.tasks),
        summary=page.summary,
        params={param.name: param.default for param in entry.params},
        elsewhere=names_elsewhere(entry.id),
        libraries=libraries_of(entry.id),
        page_text=" ".join((entry.id, *aliases, entry.title, *also_called, *every_text, *texts)),
    )
