"""The names of recipes, for those who only ask whether a name is one: no YAML is read."""

RECIPES = ("vae", "detection", "segmentation", "pix2pix", "logical")


def is_recipe(name: str) -> bool:
    """Whether a name is that of a recipe; hyphens and case do not matter."""
    return recipe_id(name) in RECIPES


def recipe_id(name: str) -> str:
    """Return a name as recipes are spelled."""
    return name.strip().lower().replace("-", "_")
