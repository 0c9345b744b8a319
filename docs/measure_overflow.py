"""Which built pages scroll sideways, and by what: every page in a browser at three widths. By hand, not in CI.

    python docs/measure_overflow.py BUILD [PAGE ...] [--widths 360,800,1280] [--browser chromium]

serves the HTML build on this machine, opens every page (or those whose address, or a folder of it, begins with a PAGE)
in frames of a headless Chromium, and prints what is wider than its place: the page itself, and every table, formula,
listing or picture in it.
The exit code is 1 where there is one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

WIDTHS = (360, 800, 1280)
SKIPPED = ("genindex", "search", "py-modindex")  # Sphinx's own
FRAMES = """<!doctype html><title>overflow</title><body><script>
const [pages, widths] = TASK;
const wide = e => e.scrollWidth > e.clientWidth + 1;
function seen(doc, width) {
  const root = doc.scrollingElement, found = [];
  const main = doc.querySelector("article") || doc.body;
  for (const e of main.querySelectorAll("table, math, pre, img, svg, .math-formula, .table-place")) {
    if (e.closest("details:not([open])") && !e.closest("summary")) continue;
    const box = e.getBoundingClientRect();
    if (!box.width) continue;
    const holder = e.tagName === "math" && e.closest(".math-formula, td, th, dd, li, p, h1, h2, h3") || e.parentElement;
    const place = holder.getBoundingClientRect();
    const by = Math.round(Math.max(box.right - Math.min(place.right, width), e.tagName === "PRE" || e.tagName === "DIV"
                                   ? e.scrollWidth - e.clientWidth : 0));
    if (by > 1) found.push([e.tagName.toLowerCase(), by, (e.textContent || e.alt || "").trim().slice(0, 70)]);
  }
  const page = Math.round(root.scrollWidth - root.clientWidth);
  if (page > 1) for (const e of doc.body.querySelectorAll("*")) {
    const by = Math.round(e.getBoundingClientRect().right - root.clientWidth);
    if (by > 1 && !found.some(each => each[1] >= by)) found.push([`${e.tagName.toLowerCase()}.${e.className}`, by, ""]);
  }
  return {page, found};
}
async function look(page, width) {
  const frame = document.createElement("iframe");
  frame.style = `width:${width}px;height:900px;border:0`;
  frame.src = "/" + page;
  const loaded = new Promise(done => frame.onload = done);
  document.body.append(frame);
  await loaded;
  const doc = frame.contentDocument;
  for (const e of doc.querySelectorAll("details")) e.open = true;
  for (const e of doc.querySelectorAll("img")) e.loading = "eager";
  await doc.fonts.ready;
  const result = {name: page, width, ...seen(doc, width)};
  frame.remove();
  return result;
}
(async () => {
  const jobs = pages.flatMap(page => widths.map(width => [page, width])), results = [];
  const worker = async () => { while (jobs.length) results.push(await look(...jobs.shift())); };
  await Promise.all([worker(), worker(), worker()]);
  await fetch("/results", {method: "POST", body: JSON.stringify(results)});
})();
</script>"""


class Served(SimpleHTTPRequestHandler):
    """The build, the page of frames, and the place where its results are left."""

    task: ClassVar[str] = ""
    results: ClassVar[list[list[dict[str, Any]]]] = []
    finished: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        """The page of frames at its own address, files of the build elsewhere."""
        if self.path != "/frames":
            super().do_GET()
            return
        text = FRAMES.replace("TASK", self.task).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self) -> None:
        """What the frames measured."""
        size = int(self.headers["Content-Length"])
        self.results.append(json.loads(self.rfile.read(size)))
        self.send_response(204)
        self.end_headers()
        self.finished.set()

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


def pages_of(build: Path, chosen: list[str]) -> list[str]:
    """Addresses of the build's own pages."""
    found = sorted(path.relative_to(build).as_posix() for path in build.rglob("*.html"))
    found = [name for name in found if Path(name).stem not in SKIPPED and not name.startswith("_")]
    return [name for name in found if not chosen or any(f"/{part}" in f"/{name}" for part in chosen)]


def measure(
    build: Path, pages: list[str], widths: list[int], browser: str, limit: float
) -> list[dict[str, Any]]:
    """Every page at every width.

    Raises
    ------
    SystemExit
        The browser has not answered within `limit` seconds.
    """
    Served.task = json.dumps([pages, widths])
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Served, directory=str(build))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            words = [browser, "--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={profile}",
                     "--window-size=1400,1000", "--remote-debugging-port=0",
                     f"http://127.0.0.1:{server.server_port}/frames"]  # fmt: skip
            running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                if not Served.finished.wait(limit):
                    sys.exit(f"{browser} has measured nothing within {limit:g} s")
            finally:
                running.terminate()
                running.wait()
        server.shutdown()
    return Served.results[-1]


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Which built pages scroll sideways, and by what.")
    parser.add_argument("build", type=Path, help="folder of the HTML build")
    parser.add_argument("pages", nargs="*", help="first parts of addresses; default: all pages")
    parser.add_argument("--widths", default=",".join(map(str, WIDTHS)))
    parser.add_argument("--browser", default="chromium")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds to wait for the browser")
    options = parser.parse_args(arguments)
    widths = [int(width) for width in options.widths.split(",")]
    pages = pages_of(options.build, options.pages)
    found = measure(options.build, pages, widths, options.browser, options.limit)
    bad = [each for each in found if each["page"] > 1 or each["found"]]
    for each in sorted(bad, key=lambda each: (each["name"], each["width"])):
        print(f"{each['name']} at {each['width']}: page {each['page']:+d}")
        for kind, by, text in each["found"]:
            print(f"    {kind} +{by}: {' '.join(text.split())}")
    print(f"{len(found)} views of {len(pages)} pages, {len(bad)} with something wider than its place")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
