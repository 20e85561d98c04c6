"""``python -m carmonitor.dossier.rules_page docs``: the pages ``rules.md`` and ``rules.fr.md``, from the rulebook."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from carmonitor.catalogues import Catalogue, packaged
from carmonitor.dossier.rules import passages, rule_row, said, span_text
from carmonitor.dossier.typography import typeset
from carmonitor.framework.checks import CheckSpec

PAGES = {"en": "rules.md", "fr": "rules.fr.md"}


def page(catalogue: Catalogue, lang: str) -> str:
    """All rules and detectors as Markdown."""
    return "\n".join(_lines(catalogue, lang)) + "\n"


def _lines(catalogue: Catalogue, lang: str) -> Iterator[str]:
    def label(name: str) -> str:
        return typeset(said("labels", name, lang), lang)

    yield f"# {said('page', 'title', lang)}"
    yield from ("", typeset(said("page", "intro", lang), lang))
    regimes = catalogue.rulebook.regimes
    yield from ("", f"## {label('regimes')}", "", typeset(said("page", "regimes", lang), lang), "")
    yield from _row([label(n) for n in ("code", "span", "meaning", "certainty", "source")])
    yield "|---|---|---|---|---|"
    for regime in regimes.regimes:
        source = " ".join(part for part in (regime.source.title, _link(regime.source.url)) if part)
        span = span_text(regime.from_, regime.to, lang)
        yield from _row([regime.code, span, typeset(regime.meaning[lang], lang), regime.certainty, source])
    yield from ("", f"## {label('caveats')}", "")
    for caveat in regimes.caveats:
        text = f"{span_text(caveat.from_, caveat.to, lang)}. {caveat.text[lang]}"
        yield f"- **{caveat.id}**, {typeset(text, lang)}"
    for title, specs in (("rules", catalogue.rulebook.specs), ("detectors", catalogue.detectors)):
        yield from ("", f"## {label(title)}", "")
        yield from _row([label(n) for n in ("id", "title", "outcome", "severity", "span", "certainty", "status")])
        yield "|---|---|---|---|---|---|---|"
        for spec in specs.values():
            yield from _row(list(rule_row(spec, lang).values()))
        for spec in specs.values():
            yield from _section(spec, catalogue, lang)


def _section(spec: CheckSpec, catalogue: Catalogue, lang: str) -> Iterator[str]:
    yield from ("", f"### {spec.id} {typeset(spec.title[lang], lang)}", "")
    colon = typeset({"en": ":", "fr": " :"}[lang], lang)
    for passage in passages(spec, catalogue, lang):
        if len(passage.texts) == 1:
            yield f"- **{passage.label}**{colon} {_plain(passage.texts[0])}"
        else:
            yield f"- **{passage.label}**{colon}"
            yield from (f"  - {_plain(text)}" for text in passage.texts)


def _row(cells: list[str]) -> Iterator[str]:
    yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _plain(text: str) -> str:
    """A text whose stars and underscores Markdown leaves alone; addresses become links."""
    words = [_link(word) if word.startswith("http") else word.replace("_", r"\_") for word in text.split(" ")]
    return " ".join(words).replace("*", r"\*")


def _link(url: str) -> str:
    return f"<{url}>" if url else ""


def write(folder: Path) -> None:
    """Write both pages into a folder."""
    catalogue = packaged()
    for lang, name in PAGES.items():
        (folder / name).write_text(page(catalogue, lang), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
