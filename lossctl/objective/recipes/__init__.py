"""Named compositions, one YAML file each: what `run` reads, with declared inputs and parameters."""

RECIPES = ("vae", "detection", "segmentation", "pix2pix", "logical")


def is_recipe(name: str) -> bool:
    """Whether a name is that of a recipe; hyphens and case do not matter."""
    return recipe_id(name) in RECIPES


def recipe_id(name: str) -> str:
    """Return a name as recipes are spelled."""
    return name.strip().lower().replace("-", "_")
