"""Writes docs/gallery.md and docs/images/figures/ from a run of verify.figures: docs/build_appendix.py calls it."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))
from verify.appendix.typesetting.symbols import markdown  # noqa: E402

PAGE, PICTURES = DOCS / "gallery.md", DOCS / "images" / "figures"
ENDINGS = ("svg", "pdf", "csv")  # what the page links; it shows the SVG, which is sharp at any size
# figure -> the target in found.md that says what it means
FOUND = {
    "fig-8": "norms", "c-ratio": "norms", "design": "norms", "eps-drift": "unsaid", "loss-eta": "unsaid",
    "fig-2": "spike", "fig-10": "corollaries", "fig-11": "corollaries", "fig-12": "spike", "fig-9": "spike",
    "fig-16": "spike", "fig-17": "spike", "fig-18": "spike", "spike": "overlaps", "sim-eta": "spike",
    "fig-15": "bimodal", "bimodal": "bimodal", "fig-3": "losses", "fig-19": "losses", "fig-20": "losses",
}  # fmt: skip
INTRODUCTION = """# Gallery: the figures of the first step

```sh
python -m verify.figures                 # all of them, at the paper's sizes
python -m verify.figures --quick         # sizes of 400 and less: a first look
python -m verify.figures fig-2 spike
```

makes the figures below, each as SVG, PNG and PDF, with a CSV of exactly what is drawn and its provenance beside it, as
wide as a column or a page of a paper. Points and histograms are runs, with one standard error where there are several
seeds; lines are predictions of `theory`, which sees no run. Captions, folded below their first sentence, are written by
the command from the numbers that it draws, the judgement of the paper's claim included; a claim is judged with intervals
and lies by `python -m verify`, and [](found.md) says what became of it. `python docs/build_appendix.py figures` runs the
command and writes this page.
[Published items](published-items.md) lists what the paper shows and what becomes of it here, [](tables.md) has the same
runs as tables.
"""


def section(figure: dict[str, Any]) -> str:
    """One figure: heading, picture, files, caption, settings, command."""
    name, title = figure["id"], markdown(figure["title"])
    first, rest = sentences(markdown(figure["caption"].replace("+-", "±")))
    source = f"The paper's {figure['source']}" if figure["source"].startswith("Figure") else "Ours"
    files = ", ".join(
        f"{{download}}`{ending.upper()} <images/figures/{name}.{ending}>`" for ending in ENDINGS
    )
    more = f" · [what we found](#found-{FOUND[name]})" if name in FOUND else ""
    return (
        f"\n(figure-{name})=\n## `{name}`: {title}\n\n"
        f"![{figure['title'].replace('[', '(').replace(']', ')')}](images/figures/{name}.svg)\n\n"
        f"**{first}**\n\n"
        f"<details class=caption>\n<summary>What is seen, settings, command</summary>\n\n{rest}\n\n"
        f"{source}. {' '.join(markdown(line) for line in (figure['settings'], *figure['notes']))}\n\n"
        f"```sh\npython -m verify.figures {name}\n```\n\n</details>\n\n"
        f"{files}{more}\n"
    )


def sentences(caption: str) -> tuple[str, str]:
    """The first sentence, and the others; no stop inside a number or a formula ends one."""
    first, stop, rest = re.sub(r"\s+", " ", caption).partition(". ")
    while stop and first.count("$") % 2:
        more, stop, rest = rest.partition(". ")
        first = f"{first}. {more}"
    return first.rstrip(".") + ".", rest


def write(found: list[dict[str, Any]], folder: Path) -> None:
    """The page, and every file that it shows or links, from the command's own files in `folder`."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.iterdir():
        old.unlink()
    for figure in found:
        for ending in ENDINGS:
            shutil.copy(folder / f"{figure['id']}.{ending}", PICTURES)
    PAGE.write_text(INTRODUCTION + "".join(map(section, found)), encoding="utf-8")
