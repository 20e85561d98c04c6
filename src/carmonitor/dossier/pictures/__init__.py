"""The drawings of the dossier and the console: custody chains, maps and charts, as self-contained SVG.

Every drawing is a pure function of plain values and a language: the same values give the same bytes. A drawing does
not carry its title; ``Picture.title`` is what to print above it, and ``Picture.told`` what to say in its stead.
"""
