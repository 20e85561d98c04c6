"""A dossier as its templates take it: plain lists and texts, every code in words, every reference a number.

The PDF and the page show the same content; they differ in their template only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from carmonitor.dossier import labels, tables
from carmonitor.dossier.reading.paths import paper_link
from carmonitor.dossier.rules import said
from carmonitor.dossier.sheets.model import (
    ActorSheet,
    CaseSheet,
    Chain,
    Dossier,
    Paper,
    Picture,
    Table,
    Told,
    ZoneSheet,
)
from carmonitor.dossier.typography import typeset
from carmonitor.records import KINDS
from carmonitor.records.yamltext import parse_yaml

Tree = dict[str, Any]
"""What JSON can hold."""

FULL_SHEETS = 200
"""How many cases have a sheet; the others stand in the list only."""

_DEFAULT = re.compile(r"project.default|défaut du projet", re.IGNORECASE)


@cache
def texts() -> Tree:
    """The words of the reading matter (``texts.yaml``)."""
    loaded: Tree = parse_yaml((files(__package__) / "texts.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def words(lang: str) -> Tree:
    """The words in one language, typeset; a group of words stays a group."""

    def in_language(entry: Mapping[str, Any]) -> Any:
        if entry.keys() == {"en", "fr"}:
            return typeset(entry[lang], lang)
        return {name: in_language(part) for name, part in entry.items()}

    return {name: in_language(entry) for name, entry in texts().items()}


def content(dossier: Dossier, full: int = FULL_SHEETS) -> Tree:
    """Everything the templates show. ``full``: how many cases have a sheet, in the order given.

    References are positions: ``case["sheet"]`` of the list, ``at`` of a linked actor, zone or case; None without one.
    """
    return _Writer(dossier, full).all()


_ROOT = re.compile(r"<svg\b[^>]*>")
_LENGTH = re.compile(r"""\s(width|height)=["']([0-9.]+)(?:px)?["']""")
_VIEW = re.compile(r"""\sviewBox=["'][-0-9.]+[ ,]+[-0-9.]+[ ,]+([0-9.]+)[ ,]+([0-9.]+)["']""")


def drawn_size(svg: str) -> tuple[float, float]:
    """Width and height of a drawing in its own units (1/96 inch). Raises ValueError for one that states neither."""
    root = _ROOT.search(svg)
    lengths = dict(_LENGTH.findall(root[0])) if root else {}
    if lengths.keys() == {"width", "height"}:
        return float(lengths["width"]), float(lengths["height"])
    view = _VIEW.search(root[0]) if root else None
    if not view:
        raise ValueError("found a drawing without a size, expected width and height, or a viewBox")
    return float(view[1]), float(view[2])


AS_IT_IS = frozenset({"svg", "url", "link"})
"""Names of the content that hold no text for people."""


def respelled(node: Any, spell: Callable[[str], str]) -> Any:
    """The same content with every text spelled anew; drawings and addresses stay as they are."""
    if isinstance(node, str):
        return spell(node)
    if isinstance(node, dict):
        return {name: part if name in AS_IT_IS else respelled(part, spell) for name, part in node.items()}
    return [respelled(part, spell) for part in node] if isinstance(node, list) else node


def code_of(letter: str) -> str:
    """The code that stands for a letter nobody could see: ``\\u202e``."""
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")


class _Writer:
    """One dossier being put into words."""

    def __init__(self, dossier: Dossier, full: int) -> None:
        self.dossier, self.lang, self.full = dossier, dossier.lang, full
        self.w = words(dossier.lang)
        self.case_at = {str(s.case["case_id"]): i for i, s in enumerate(dossier.cases[:full])}
        self.actor_at = {s.actor_id: i for i, s in enumerate(dossier.actors)}
        self.zone_at = {s.zone: i for i, s in enumerate(dossier.zones)}

    def all(self) -> Tree:
        d, run = self.dossier, self.dossier.run
        as_of = self.day(run["as_of"])
        total = len(d.cases)
        left_out = self.w["left_out"].format(shown=self.full, total=total) if total > self.full else ""
        identity = (
            ("as_of", as_of), ("run", run["run_id"]), ("rulebook", run["rulebook_hash"]),
            ("evidence", run.get("evidence_digest")), ("result", run.get("result_digest")),
            ("journal", d.journal_head or self.w["no_journal"]), ("version", run.get("code_version")),
        )  # fmt: skip
        return {
            "lang": self.lang,
            "w": self.w,
            "title": self.w["page_title"].format(day=as_of),
            "as_of": as_of,
            "run_id": str(run["run_id"]),
            "selected": d.selected,
            "identity": [[self.w[name], str(value)] for name, value in identity if value],
            "synthetic": d.synthetic,
            "redacted": d.redacted,
            "counts": [list(pair) for pair in d.counts],
            "tables": self.tables(d.tables),
            "map": self.picture(d.map) if d.map else None,
            "left_out": left_out,
            "list": [self.listed(sheet) for sheet in d.cases],
            "cases": [self.case(sheet) for sheet in d.cases[: self.full]],
            "actors": [self.actor(sheet) for sheet in d.actors],
            "zones": [self.zone(sheet) for sheet in d.zones],
            "not_evaluated": self.tables(d.not_evaluated),
            "method": list(d.method),
        }

    def listed(self, sheet: CaseSheet) -> Tree:
        """A line of the list of cases. ``about``: its findings, those that stand if any does."""
        case, subject = sheet.case, self.subject(sheet.case)
        told = [f for f in sheet.findings if f.standing] or sheet.findings
        return {
            "id": str(case["case_id"]),
            "sheet": self.case_at.get(str(case["case_id"])),
            "subject": subject,
            "title": "" if sheet.title.casefold() == subject.casefold() else sheet.title,
            "about": self.w["semicolon"].join(dict.fromkeys(f"{f.rule_id} {f.title}" for f in told)) or sheet.title,
            "severity": self.word("severity", case.get("severity")),
            "status": self.word("case_status", case["status"]),
        }

    def case(self, sheet: CaseSheet) -> Tree:
        case, w = sheet.case, self.w
        facts = (
            ("severity", self.word("severity", case.get("severity"))),
            ("status", self.word("case_status", case["status"])),
            ("decision", self.word("case_outcome", case.get("outcome")) or w["undecided"]),
            ("opened", self.day(case.get("opened_as_of"))),
            ("origin", self.word("origin", case.get("origin"))),
            ("assigned", case.get("assigned_to") or w["nobody"]),
        )
        return {
            **self.listed(sheet),
            "facts": [[w[name], text] for name, text in facts if text],
            "who": self.links(sheet.actors, self.actor_at, {a.actor_id: a.name for a in self.dossier.actors}),
            "where": self.links(sheet.zones, self.zone_at),
            "others": self.links(map(str, case.get("other_cases") or ()), self.case_at),
            "synthetic": sheet.synthetic,
            "findings": [self.finding(told) for told in sheet.findings],
            "papers": self.papers(sheet.findings),
            "breaks": _breaks(sheet.chain, w) if sheet.chain else [],
            "chain_left_out": w["chain_left_out"].format(n=sheet.chain.left_out)
            if sheet.chain and sheet.chain.left_out
            else "",
            "pictures": [self.picture(picture) for picture in sheet.pictures],
            "compared": self.tables(sheet.compared),
            "questions": list(sheet.questions),
        }

    def finding(self, told: Told) -> Tree:
        w = self.w
        when = (("period", told.period), ("day", self.day(told.day)), ("regime", told.regime))
        more = (
            ("reason", told.reason), ("innocent_cause", told.innocent_cause), ("advice", told.advice),
            ("basis", typeset(", ".join(said("basis", part, self.lang) for part in told.basis.split(", ")), self.lang)),
            ("source", told.source), ("certainty", self.certainty(told.certainty)),
        )  # fmt: skip
        return {
            "id": told.finding_id,
            "rule": told.rule_id,
            "title": told.title,
            "outcome": told.outcome,
            "outcome_word": self.word("finding_outcome", told.outcome),
            "severity": self.word("severity", told.severity),
            "standing": told.standing,
            "rank": told.rank,
            "message": told.message,
            "when": [[w[name], text] for name, text in when if text],
            "facts": [list(pair) for pair in told.facts],
            "more": [[w[name], text] for name, text in more if text],
            "url": told.source_url if told.source_url.startswith(("https://", "http://")) else "",
            "url_shown": told.source_url,
            "parameters": [{"text": p, "default": bool(_DEFAULT.search(p))} for p in told.parameters],
            "caveats": list(told.caveats),
        }

    def papers(self, findings: Iterable[Told]) -> list[Tree]:
        """The rows that the findings of a case stand on, each once, with the rules that name it."""
        rows: dict[tuple[Any, ...], tuple[Paper, list[str]]] = {}
        for told in findings:
            for paper in told.papers:
                place = (paper.kind, paper.submission_id, paper.file, paper.sheet, paper.row)
                rules = rows.setdefault(place, (paper, []))[1]
                if told.rule_id not in rules:
                    rules.append(told.rule_id)
        return [
            {
                "kind": labels.kind_title(paper.kind, self.lang) if paper.kind in KINDS else paper.kind,
                "file": paper.file,
                "sheet": paper.sheet,
                "row": str(paper.row),
                "submission": paper.submission_id,
                "link": paper_link(paper),
                "rules": rules,
                "says": [[self.field(paper.kind, name), str(v)] for name, v in paper.values.items() if v is not None],
            }
            for paper, rules in rows.values()
        ]

    def actor(self, sheet: ActorSheet) -> Tree:
        return {
            "title": f"{sheet.actor_id} · {sheet.name}" if sheet.name else sheet.actor_id,
            "facts": [[self.w["roles"], ", ".join(sheet.roles)]] if sheet.roles else [],
            **self.body(sheet),
        }

    def zone(self, sheet: ZoneSheet) -> Tree:
        return {"title": sheet.zone, "facts": [[self.w["standing"], sheet.standing]], **self.body(sheet)}

    def body(self, sheet: ActorSheet | ZoneSheet) -> Tree:
        return {
            "cases": self.links(sheet.cases, self.case_at),
            "tables": self.tables(sheet.tables),
            "pictures": [self.picture(picture) for picture in sheet.pictures],
        }

    def links(self, names: Iterable[str], at: Mapping[str, int], called: Mapping[str, str] | None = None) -> list[Tree]:
        """Names with the sheet that each has, if any."""
        known = called or {}
        return [{"text": " ".join(filter(None, (n, known.get(n)))), "at": at.get(n)} for n in names]

    def tables(self, given: Sequence[Table]) -> list[Tree]:
        return [
            {
                "title": t.title,
                "heads": list(t.heads),
                "rows": [list(row) for row in t.rows],
                "numbers": sorted(t.numbers),
                "note": t.note,
                "longest": [max(map(len, column)) for column in zip(t.heads, *t.rows, strict=True)],
            }
            for t in given
        ]

    def picture(self, picture: Picture) -> Tree:
        width, height = drawn_size(picture.svg)
        return {
            "title": picture.title, "svg": picture.svg, "told": picture.told, "width": width, "height": height
        }  # fmt: skip

    def subject(self, case: Mapping[str, Any]) -> str:
        return f"{self.word('subject_kind', case['subject_kind'])} {case['subject_id']}"

    def word(self, vocabulary: str, code: Any) -> str:
        return typeset(tables.word(vocabulary, str(code), self.lang), self.lang) if code else ""

    def field(self, kind: str, name: str) -> str:
        known = kind in KINDS and name in KINDS[kind].model_fields
        return labels.column_label(kind, name, self.lang) if known else name

    def certainty(self, code: str) -> str:
        """``S/P: secondary, primary``; what is no code stays as it is."""
        parts = code.split("/")
        if not all(part in self.w["certainties"] for part in parts):
            return code
        meaning = ", ".join(self.w["certainties"][part] for part in parts)
        return f"{code}{self.w['colon']} {meaning}"

    def day(self, value: Any) -> str:
        """A day as the reader writes it; anything else as it is."""
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                return str(value)
        if not isinstance(value, date):
            return ""
        return value.strftime("%d/%m/%Y") if self.lang == "fr" else value.isoformat()


def _breaks(chain: Chain, w: Tree) -> list[list[str]]:
    """The parts of a chain that are not whole: what, its state, what is said of it."""
    title = {node.key: node.title for node in chain.nodes}
    nodes = [[n.title, w["states"][n.state], w["semicolon"].join(n.lines)] for n in chain.nodes if n.state != "whole"]
    edges = [
        [f"{title.get(e.source, e.source)} → {title.get(e.target, e.target)}", w["states"][e.state], e.label]
        for e in chain.edges
        if e.state != "whole"
    ]
    return nodes + edges
