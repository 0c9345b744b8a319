"""Tables set as one PDF by pdflatex, where there is one."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from verify.files.atomic import write_bytes

__all__ = ["TEX_MISSING", "document", "typeset"]

TEX_MISSING = "--pdf: no pdflatex was found; the .tex files are written, tables.pdf is not"
SECONDS = 600.0  # a busy machine takes its time
PREAMBLE = r"""\documentclass{article}
\usepackage[a4paper,margin=2cm]{geometry}
\usepackage{booktabs,siunitx,graphicx}
\pdfinfoomitdate=1\pdftrailerid{}\pdfsuppressptexinfo=-1
\begin{document}
"""


def document(tables: Mapping[str, str]) -> str:
    """A document with these tables, each from its file's text."""
    return PREAMBLE + "".join(f"{text}\\clearpage\n" for text in tables.values()) + "\\end{document}\n"


def typeset(out: Path, tables: Mapping[str, str]) -> str | None:
    """Write tables.pdf into `out`; None, or one line that says why there is none.

    The same tables give the same bytes: no date and no name of a folder gets into the file.
    """
    program = shutil.which("pdflatex")
    if program is None:
        return TEX_MISSING
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tables.tex").write_text(document(tables), encoding="utf-8")
        command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "tables.tex"]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"--pdf: pdflatex did not run ({type(error).__name__}); tables.pdf is not written"
        made = Path(folder) / "tables.pdf"
        if done.returncode or not made.is_file():
            said = [line for line in done.stdout.decode("latin-1").splitlines() if line.startswith("!")]
            return f"--pdf: pdflatex failed ({said[0] if said else 'no reason given'}); tables.pdf is not written"
        write_bytes(out / "tables.pdf", made.read_bytes())
    return None
