"""Makes the gallery: runs verify.figures, writes docs/gallery.md and its pictures in docs/images/figures/.

    python docs/build_gallery.py            # the paper's sizes; minutes on two idle cores, less with a store
    python docs/build_gallery.py --quick    # small sizes, into a temporary folder: does every figure still come out?

Finished runs are kept in BULKSPIKE_STORE (default bulkspike-out/store), so that a run that was stopped goes on.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))
from verify.appendix.symbols import markdown  # noqa: E402

PAGE, PICTURES = DOCS / "gallery.md", DOCS / "images" / "figures"
SCALE = 0.5  # of the 300 dots per inch that the command writes
INTRODUCTION = """# Gallery: the figures of the first step

```sh
python -m verify.figures                 # all of them, at the paper's sizes
python -m verify.figures --quick         # sizes of 400 and less: a first look
python -m verify.figures fig-2 spike
```

makes the figures below, each as SVG, PNG and PDF, with a CSV of exactly what is drawn and its provenance beside it. Black
lines (solid ones where measured points are joined by dots) are predictions of `theory`, which sees no
run. Captions are written by the command from the numbers that it draws,
the judgement of the paper's claim included; a claim is judged with intervals and lies by `python -m verify`.
`python docs/build_gallery.py` runs the command and writes this page. [](published-items.md) lists what the paper
shows and what becomes of it here, [](tables.md) has the same runs as tables.
"""


def figures(folder: Path, *, quick: bool) -> list[dict[str, Any]]:
    """Run the command; id, title, source, settings, caption and notes of every figure."""
    words = [sys.executable, "-m", "verify.figures", "--quiet", "--json", "--out", str(folder)]
    words += ["--quick"] if quick else []
    done = subprocess.run(words, cwd=DOCS.parent, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"verify.figures: exit code {done.returncode}\n{done.stderr}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def section(figure: dict[str, Any]) -> str:
    """One figure: heading, picture, caption, settings, command."""
    name, title = figure["id"], markdown(figure["title"])
    source = f"The paper's {figure['source']}" if figure["source"].startswith("Figure") else "Ours"
    return (
        f"\n## `{name}`: {title}\n\n"
        f"![{figure['title'].replace('[', '(').replace(']', ')')}](images/figures/{name}.png)\n\n"
        f"{markdown(figure['caption'].replace('+-', '±'))}\n\n"
        f"{source}. {' '.join(markdown(line) for line in (figure['settings'], *figure['notes']))}\n\n"
        f"```sh\npython -m verify.figures {name}\n```\n"
    )


def shrink(source: Path, target: Path) -> None:
    """The picture for a page: fewer points."""
    with Image.open(source) as picture:
        size = tuple(round(SCALE * length) for length in picture.size)
        picture.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(target, optimize=True)


def main(arguments: list[str]) -> None:
    """Run, shrink, write; a quick run only compares what comes out with what the page shows."""
    parser = argparse.ArgumentParser(description="Makes the gallery of figures.")
    parser.add_argument("--quick", action="store_true", help="small sizes, nothing is kept")
    quick = parser.parse_args(arguments).quick
    with tempfile.TemporaryDirectory() as folder:
        found = figures(Path(folder), quick=quick)
        missing = {path.stem for path in PICTURES.glob("*.png")} - {figure["id"] for figure in found}
        if missing:
            sys.exit(f"verify.figures no longer makes what the page shows: {', '.join(sorted(missing))}")
        if not quick:
            PICTURES.mkdir(parents=True, exist_ok=True)
            for figure in found:
                shrink(Path(folder) / f"{figure['id']}.png", PICTURES / f"{figure['id']}.png")
            PAGE.write_text(INTRODUCTION + "".join(map(section, found)), encoding="utf-8")
    print(f"verify.figures: {len(found)} figures" + ("" if quick else f" on {PAGE.relative_to(DOCS.parent)}"))


if __name__ == "__main__":
    main(sys.argv[1:])
