"""Build the documentation site: ``python -m tools.site.build [FOLDER]``, ``dist/site`` by default.

The guides are those of ``docs/``; the pages of losses, of the decision tree, of commands and of
Python are made from the declarations. A warning of Sphinx is an error. With ``--check`` in place of
a folder all of it is read and every reference followed, and nothing is drawn, laid out or written:
the same warnings in a quarter of the time.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from lossctl.report.pictures.palette import PALETTES
from tools.site import loss_pages, pages, wizard
from tools.site.man import write_pages

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")
OTHERS = (
    *("README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "configs/README.md"),
    "benchmarks/README.md",
)
REFERENCE = (
    *("losses/index", "reference/metrics", "reference/tree", "reference/commands"),
    "reference/python",
)
FIRST_PAGES = {  # of the site: a task in words, its guide
    "score masks: Dice, IoU and their losses": "docs/segmentation.md",
    "choose a loss for a task, a metric and data": "docs/recommend.md",
    "find out what is wrong with predictions or labels": "docs/check.md",
    "fail a CI job when a loss is too high": "docs/gates.md",
    "decide whether a new model is better": "docs/deciding.md",
    "race losses or models on held-out rows": "docs/race.md",
    "find out whether probabilities are true": "docs/calibrate.md",
    "score language models: perplexity, bits per byte": "docs/language-models.md",
    "score a model of rare positives": "docs/imbalance.md",
    "score quantiles, intervals and distributions": "docs/quantiles.md",
    "score embeddings: triplets, pairs, batches": "docs/embeddings.md",
    "combine losses with rules and constraints": "docs/run.md",
    "draw losses and predictions": "docs/plots.md",
    "keep a run as one page, and see its worst rows": "docs/pages.md",
    "evaluate on many machines: Dask, job arrays": "docs/cluster.md",
    "find the loss of another library": "docs/coming-from.md",
}
GROUPS = {
    "Guides": (
        *("recommend", "segmentation", "language-models", "imbalance", "quantiles", "embeddings"),
        *("metrics", "calibrate", "deciding", "race", "check", "gates", "ci", "pages", "plots"),
        *("run", "cluster", "training", "gradients", "plugins", "coming-from"),
    ),
    "How it works": (
        *("reading", "inputs", "files", "options", "numerics", "performance", "reliability"),
        *("coverage", "glossary"),
    ),
}
MENDED = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="Pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div id="search-results"': '<h1>Search</h1><div id="search-results"',
}


def sources(folder: Path, *, drawn: bool = True) -> None:
    """Write the sources of the site into a folder; curves of losses only where they are drawn."""
    copied = [ROOT / name for name in OTHERS]
    copied += sorted((ROOT / "docs").rglob("*.md"))
    known = {path.relative_to(ROOT).as_posix() for path in copied}
    for path in copied:
        place = path.relative_to(ROOT)
        text = _linked(path.read_text(encoding="utf-8"), place, known)
        _write(folder / place, text)
    made = [
        *loss_pages.losses(drawn=drawn),
        pages.metrics(),
        *pages.commands(),
        pages.python(),
        pages.tree(),
    ]
    for name, text in made:
        _write(folder / name, text)
    _write(folder / "index.md", _index(known))
    shutil.copy(Path(__file__).with_name("conf.py"), folder / "conf.py")
    static = folder / "_static"
    _write(static / "site.css", _style())
    _write(static / "wizard-data.js", wizard.script_of_data())
    shutil.copy(Path(__file__).with_name("wizard.js"), static / "wizard.js")


def _linked(text: str, place: Path, known: set[str]) -> str:
    """Keep links to pages of the site; what leads elsewhere in the repository becomes its words."""

    def kept(link: re.Match[str]) -> str:
        target, _, mark = link[2].partition("#")
        if "://" in target or not target:
            return link[0]
        reached = (ROOT / place.parent / target).resolve()
        name = reached.relative_to(ROOT).as_posix() if reached.is_relative_to(ROOT) else ""
        if name in known:
            return link[0] if not mark else f"[{link[1]}]({target})"
        return link[1]

    parts = re.split(r"(^```.*?^```)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("```") else LINK.sub(kept, part) for part in parts)


def _index(known: set[str]) -> str:
    tasks = [f"- [{words}]({place})" for words, place in FIRST_PAGES.items()]
    grouped = {caption: [f"docs/{name}" for name in names] for caption, names in GROUPS.items()}
    design = sorted(name.removesuffix(".md") for name in known if name.startswith("docs/design/"))
    listed = {name for names in grouped.values() for name in names}
    rest = [name.removesuffix(".md") for name in sorted(known)]
    listed |= {"README", *design}
    others = [name for name in rest if name not in listed]
    trees = [
        pages.toctree(["Start here <README>"], caption="Start"),
        pages.toctree(grouped["Guides"], caption="Guides"),
        pages.toctree([*REFERENCE], caption="Reference"),
        pages.toctree(grouped["How it works"], caption="How it works"),
        pages.toctree([*others, *design], caption="The project"),
    ]
    text = (
        "# lossctl\n\nCompute, choose and combine loss functions on saved predictions: in a "
        "shell, in CI and in Python. [Start here](README.md), let [questions](reference/tree.md) "
        "lead you to a loss, or begin with what you want to do:\n\n"
    )
    end = "\n\nOr look at [every loss](losses/index.md), [every metric](reference/metrics.md), "
    end += "[the decision tree](reference/tree.md) and [every command](reference/commands.md)."
    return text + "\n".join(tasks) + end + "".join(trees)


def _style() -> str:
    """Return the style of drawn losses: the colours of pictures, light and dark."""
    names = {"bg": "background", "fg": "text", "rule": "grid"}
    blocks = []
    for theme, selector in (("light", "body"), ("dark", "body[data-theme=dark]")):
        palette = PALETTES["dark" if theme == "dark" else "light"]
        colours = {f"t{at}": colour for at, colour in enumerate(palette.traces)}
        colours |= {short: getattr(palette, name) for short, name in names.items()}
        blocks.append(selector + "{" + "".join(f"--{n}:{c};" for n, c in colours.items()) + "}")
    dark = blocks[1].replace("body[data-theme=dark]", "body:not([data-theme=light])")
    blocks.append("@media (prefers-color-scheme:dark){" + dark + "}")
    drawn = (ROOT / "lossctl/report/html/drawing.css").read_text(encoding="utf-8")
    own = Path(__file__).with_name("site.css").read_text(encoding="utf-8")
    return "\n".join([*blocks, drawn, own])


def _accessible(page: str) -> str:
    """Mend what the theme leaves out: levels of headings, names of landmarks, keys that scroll."""
    for given, wanted in MENDED.items():
        page = page.replace(given, wanted)
    return page


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Build or check the site; return the exit code of Sphinx."""
    from sphinx.cmd.build import build_main  # noqa: PLC0415 - of the extra `site`

    strictly = ["-W", "--keep-going", "-q"]
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as nowhere:
        if arguments == ["--check"]:
            sources(Path(work), drawn=False)
            return build_main([*strictly, "-b", "dummy", work, nowhere])
        target = Path(arguments[0] if arguments else ROOT / "dist/site")
        sources(Path(work))
        code = build_main([*strictly, "-b", "html", work, str(target)])
    write_pages(target / "man")
    for page in target.rglob("*.html"):
        page.write_text(_accessible(page.read_text(encoding="utf-8")), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
