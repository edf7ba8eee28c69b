"""JSON Schemas of the documents lossctl writes; they change by addition only."""

from importlib.resources import files


def schema_text(name: str) -> str:
    """Return the text of a schema."""
    return files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
