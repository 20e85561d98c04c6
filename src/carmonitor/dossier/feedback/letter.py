"""The letter that goes with a marked workbook: the same words as PDF and as text for an e-mail."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from importlib.resources import files

import typst

from carmonitor.dossier.feedback.held import HeldReturn
from carmonitor.dossier.feedback.model import NATURES, Correction, Nature
from carmonitor.dossier.feedback.words import day_in_words, month_in_words, number, of_month, say, visible

_ALONE = 4  # so many corrections of one column that ask for the same are told one by one; more in one line
_ROWS = 6  # rows named in such a line
_LINES = 60  # of one kind; the rest stands in the workbook
_TEXT_WIDTH = 78
_FOUND, _EXPECTED = 80, 300  # characters


@dataclass(frozen=True)
class Letter:
    """What a letter is about. ``as_of``: the day of the run whose result is told, None where none knew the return.

    ``partial``: a blank entry may stand in more rows than are named.
    """

    held: HeldReturn
    run_id: str
    as_of: date | None
    corrections: Sequence[Correction]
    partial: bool = False


@dataclass(frozen=True)
class Block:
    """Lines under the name of a sheet or file."""

    name: str
    lines: list[str]


@dataclass(frozen=True)
class Section:
    """Corrections of one nature. ``note``: below them; empty where there is nothing to add."""

    heading: str
    intro: str
    blocks: list[Block]
    note: str = ""


@dataclass(frozen=True)
class Said:
    """A letter in words, harmless for whoever prints it: plain texts, never markup."""

    lang: str
    team: str
    subject: str
    facts: list[tuple[str, str]]
    opening: list[str]
    sections: list[Section]
    closing: list[tuple[str, str]]
    end: list[str]
    page: str
    stamp: str


def compose(letter: Letter, lang: str) -> Said:
    """The words of a letter in ``lang``."""
    held, fine = letter.held, not letter.corrections
    counts = {name: number(n, lang) for name, n in held.counts.items()}
    opening = "opening" if not fine else "fine" if letter.as_of else "fine_read"
    subject = "subject" if not fine else "subject_fine" if letter.as_of else "subject_read"
    limits = "limits" if letter.as_of else "limits_read"
    later = [say("letter.later", lang, x=day_in_words(held.later, lang))] if held.later else []
    rest = "letter.rest_replaced" if held.later else "letter.rest_text"
    closing = [(say("letter.rest", lang), say(rest, lang, records=counts["records"]))]
    if not fine:
        closing.append((say("letter.how", lang), say("letter.how_text", lang)))
    return Said(
        lang=lang,
        team=say("team", lang),
        subject=say(f"letter.{subject}", lang, x=of_month(held.period, lang)),
        facts=_facts(letter, month_in_words(held.period, lang), lang),
        opening=[say("letter.hello", lang), say(f"letter.{opening}", lang), *later],
        sections=[section for nature in NATURES if (section := _section(letter, nature, lang))],
        closing=closing,
        end=[say(f"letter.{limits}", lang), say("letter.thanks", lang), say("team", lang)],
        page=say("letter.page", lang),
        stamp=" · ".join(part for part in (held.submission_id, letter.run_id) if part),
    )


def _facts(letter: Letter, period: str, lang: str) -> list[tuple[str, str]]:
    held = letter.held
    counts = {name: number(n, lang) for name, n in held.counts.items()}
    checked = say("letter.not_checked", lang)
    if letter.as_of:
        checked = say("letter.checked_by", lang, run=letter.run_id, day=day_in_words(letter.as_of, lang))
    files = ", ".join(visible(file, 60) for file in list(held.data)[:4]) + (" …" if len(held.data) > 4 else "")
    facts = (
        ("to", visible(held.sender, 80)), ("return", f"{period} ({files})"),
        ("received", day_in_words(held.received_on, lang)), ("submission", held.submission_id),
        ("rows", say("letter.rows_are", lang, **counts)), ("checked", checked),
    )  # fmt: skip
    return [(say(f"letter.{name}", lang), value) for name, value in facts]


def _section(letter: Letter, nature: Nature, lang: str) -> Section | None:
    found = [c for c in letter.corrections if c.nature == nature]
    if not found:
        return None
    by_name: dict[str, list[Correction]] = {}
    for correction in found:
        by_name.setdefault(visible(correction.sheet or correction.file, 60), []).append(correction)
    blocks, left = [], _LINES
    for name, corrections in by_name.items():
        lines = list(_lines(corrections, lang))
        if len(lines) > left:
            sheet = say("workbook.sheet", lang)
            more = say("letter.more_lines", lang, x=number(len(lines) - left, lang), sheet=sheet)
            lines = [*lines[:left], more]
        blocks.append(Block(name, lines))
        left = max(left - len(lines), 0)
    note = say("letter.partial", lang) if nature == "missing" and letter.partial else ""
    return Section(say(f"letter.{nature}", lang), say(f"letter.{nature}_intro", lang), blocks, note)


def _lines(corrections: Sequence[Correction], lang: str) -> Iterator[str]:
    """One line per correction; many that ask for the same in one column share a line."""
    alike: dict[tuple[str, str], list[Correction]] = {}
    for correction in corrections:
        alike.setdefault((correction.heading, correction.expected), []).append(correction)
    for (heading, expected), same in alike.items():
        if len(same) > _ALONE:
            rows = ", ".join(str(c.row) for c in same[:_ROWS])
            more = f" {say('letter.and_more', lang, x=number(len(same) - _ROWS, lang))}" if len(same) > _ROWS else ""
            yield _joined(say("letter.rows_list", lang, x=rows) + more, heading, [_expected(expected, lang)], lang)
            continue
        for correction in same:
            yield _one(correction, lang)


def _one(correction: Correction, lang: str) -> str:
    where = say("letter.row", lang, x=correction.row) if correction.row else ""
    if correction.nature == "entry":
        found = visible(correction.found, _EXPECTED)
        return _joined(where, correction.heading, [f"{found} {visible(correction.expected, _EXPECTED)}"], lang)
    parts = [_expected(correction.expected, lang)]
    if correction.nature == "unread" or (correction.nature == "missing" and correction.found):
        parts.insert(0, _found(correction.found, lang))
    if correction.rows > 1:
        parts.append(say("letter.concerns", lang, x=number(correction.rows, lang)))
    return _joined(where, correction.heading, parts, lang)


def _joined(where: str, heading: str, parts: Sequence[str], lang: str) -> str:
    column = {"en": "“{}”", "fr": "«\u00a0{}\u00a0»"}[lang].format(visible(heading, 60)) if heading else ""
    place = ", ".join(part for part in (where, column) if part)
    said = "; ".join(parts) if lang == "en" else "\u202f; ".join(parts)
    colon = {"en": ": ", "fr": "\u00a0: "}[lang]
    line = f"{place}{colon}{said}" if place else said
    return line[:1].upper() + line[1:]


def _found(text: str, lang: str) -> str:
    return say("letter.found", lang, x=visible(text, _FOUND)) if text.strip() else say("letter.found_blank", lang)


def _expected(text: str, lang: str) -> str:
    return say("letter.expected", lang, x=visible(text, _EXPECTED))


def as_pdf(said: Said) -> bytes:
    """The letter as PDF. Its words go in as data; the same letter gives the same bytes."""
    page = (files("carmonitor.dossier.feedback") / "letter.typ").read_bytes()
    made = typst.Compiler(page, ignore_system_fonts=True, sys_inputs={"letter": json.dumps(asdict(said))}).compile(
        format="pdf", timestamp=datetime(2021, 1, 1, tzinfo=UTC)
    )
    if not isinstance(made, bytes):
        raise TypeError(f"expected one PDF from the letter, found {type(made).__name__}")
    return made


def as_text(said: Said) -> str:
    """The letter as plain text, lines of at most 78 characters."""
    lines = [said.team, "", said.subject, ""]
    lines += [line for label, value in said.facts for line in _wrapped(f"{label}{_colon(said)}{value}", "", "    ")]
    for paragraph in said.opening:
        lines += ["", *_wrapped(paragraph)]
    for section in said.sections:
        lines += ["", section.heading.upper(), *_wrapped(section.intro)]
        for block in section.blocks:
            lines += ["", *([f"[{block.name}]"] if block.name else [])]
            lines += [line for text in block.lines for line in _wrapped(text, "  - ", "    ")]
        lines += ["", *_wrapped(section.note)] if section.note else []
    for heading, paragraph in said.closing:
        lines += ["", heading.upper(), *_wrapped(paragraph)]
    for paragraph in said.end:
        lines += ["", *_wrapped(paragraph)]
    return "\n".join([*lines, said.stamp, ""])


def _colon(said: Said) -> str:
    return "\u00a0: " if said.lang == "fr" else ": "


def _wrapped(text: str, first: str = "", later: str = "") -> list[str]:
    return textwrap.wrap(
        text, _TEXT_WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=True, break_on_hyphens=False
    )
