"""Print constraints for pip: the lowest versions of what users install, from pyproject.toml."""

import re
import tomllib
from pathlib import Path

EXTRAS = ("arrow", "zst")


def main() -> None:
    """Turn every ``name>=version`` into ``name==version``."""
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras = project["optional-dependencies"]
    for entry in (*project["dependencies"], *(one for name in EXTRAS for one in extras[name])):
        name, version = re.fullmatch(r"([\w.-]+)>=([\d.]+)(?:;.*)?", entry).groups()
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
