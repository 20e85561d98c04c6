"""Fonts, colours and strokes of every drawing, in one place.

Colours are those of Okabe and Ito, which readers with any colour vision tell apart; nothing is told by colour alone, so
that a grey print says the same. Lengths are in the units of a drawing, sizes of letters too.
"""

from __future__ import annotations

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""Liberation Sans comes with the chart renderer, so that it measures alike on every machine; Arial is as wide."""

INK = "#1A1A1A"
GREY = "#595959"
"""Of what is not known; 7:1 on white."""
LIGHT = "#BDBDBD"
MIDDLE = "#8C8C8C"
PALE = "#F2F2F2"
PAPER = "#FFFFFF"
BLUE = "#0072B2"
SKY = "#56B4E9"
ORANGE = "#E69F00"
VERMILION = "#B83E00"
"""Of what is broken: the palette's vermilion, darkened to 5:1 on white."""
GREEN = "#009E73"

THIN = 1.2
STRONG = 2.4
HEAVY = 3.6

DASHED = "9 5"
DOTTED = "1.5 5"

CHAIN_WIDTH = 1040.0
"""Across the type area of A4 (17 cm) letters of 15 units are printed at 7 points."""
MAP_WIDTH = 640.0
CHART_WIDTH = 520.0
"""On a telephone (360 pixels) letters of 12 units stand 8 pixels high."""

WIDTHS = {
    0.15: "\u202f",
    0.23: "ijl'’|",
    0.29: "fItI.,:;!/[]\u00a0 ·\t",
    0.34: 'r()-"`',
    0.4: "°*",
    0.51: "ckJsvxyzç",
    0.59: "FTZ~<>+=×",
    0.68: "ABEKPSVXY&ÉÈÀ",
    0.74: "CDHNRUw",
    0.79: "GOQ",
    0.9: "mM%",
    1.02: "W@—…",
}
"""Width of letters in parts of their size, rounded up; any other Latin letter or digit is 0.56, all else 1."""
