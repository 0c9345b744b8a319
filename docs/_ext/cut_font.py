"""Cut the pages' mathematics font from TeX Gyre Pagella Math; needs fonttools and brotli, and is not part of the build.

    python docs/_ext/cut_font.py texgyrepagella-math.otf docs/_static/fonts/bulkspike-math.woff2

The subset has Latin, Greek, operators, arrows, delimiters and mathematical alphabets. Primes are made larger and set
lower: browsers do not use the font's script forms, and its plain ones come out small and high in a superscript. The
names are replaced, as the GUST Font License asks.
"""

import sys

from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.subset import Options, Subsetter, load_font, parse_unicodes, save_font
from fontTools.ttLib import TTFont

UNICODES = (
    "20-7E,A0-FF,131,237,2C6-2DD,300-30C,370-3FF,2010-2044,2057,2061-2064,20D0-20DC,2102-2135,2190-21D5,2200-22F1,"
    "2308-230B,23B4-23B5,23DC-23E1,25A0-25CB,27E6-27EB,27F5-27FA,2A7D-2A7E,2A00-2A06,1D400-1D467,1D49C-1D4CF,"
    "1D538-1D56B,1D6A4-1D7CB,1D7CE-1D7E1,FE00"
)
FEATURES = ["ssty", "dtls", "flac", "calt", "ccmp", "mark", "mkmk", "kern"]
PRIMES = (0x2032, 0x2033, 0x2034, 0x2057)
SCALE, DROP = 1.4, 500
FAMILY = "Bulkspike Math"


def set_primes(font: TTFont) -> None:
    """Scale the primes by SCALE and lower them by DROP units."""
    glyphs, outlines = font.getGlyphSet(), font["CFF "].cff.topDictIndex[0].CharStrings
    for name in map(font.getBestCmap().__getitem__, PRIMES):
        width, side = font["hmtx"][name]
        pen = T2CharStringPen(round(SCALE * width), glyphs)
        glyphs[name].draw(TransformPen(pen, (SCALE, 0, 0, SCALE, 0, -DROP)))
        old = outlines[name]
        outlines[name] = pen.getCharString(private=old.private, globalSubrs=old.globalSubrs)
        font["hmtx"][name] = (round(SCALE * width), side)


def set_names(font: TTFont) -> None:
    """Give the font a name of its own."""
    plain = FAMILY.replace(" ", "") + "-Regular"
    for record in font["name"].names:
        new = {1: FAMILY, 3: f"{plain}; subset of TeX Gyre Pagella Math", 4: FAMILY, 6: plain, 16: FAMILY}
        record.string = new.get(record.nameID, str(record))
    cff = font["CFF "].cff
    cff.fontNames = [plain]
    cff.topDictIndex[0].FullName = cff.topDictIndex[0].FamilyName = FAMILY


def main(source: str, target: str) -> None:
    """Read, cut, change, write."""
    options = Options(flavor="woff2", hinting=False, layout_features=FEATURES)
    font = load_font(source, options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=parse_unicodes(UNICODES))
    subsetter.subset(font)
    set_primes(font)
    set_names(font)
    save_font(font, target, options)


if __name__ == "__main__":
    main(*sys.argv[1:])
