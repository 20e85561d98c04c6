"""How the outcome of ``validate`` and ``run`` is shown: tables for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from carmonitor.cli.common import NOTHING, SOMETHING, UNREADABLE, one_line, outcome_name, print_table

if TYPE_CHECKING:
    from carmonitor.pipeline import Intake, Job

_LONGEST_FOUND = 120  # characters of a cell shown in a table

CSV_COLUMNS = (
    "finding_id",
    "rule_id",
    "outcome",
    "severity",
    "subject_kind",
    "subject_id",
    "regime",
    "period",
    "message",
)

_TEXTS = {
    "en": {
        "intake": "What was read", "file": "file", "rows": "rows", "records": "records", "quarantined": "quarantined",
        "skipped": "skipped", "new": "new", "yes": "yes", "no": "already held", "kind": "kind", "sheet": "sheet",
        "breaches": "Breaches: a rule is broken", "leads": "Leads: unusual, to be looked at",
        "trial": "On trial (shadow): stored, opens no case", "rule": "rule",
        "severity": "severity", "subject": "subject", "message": "what was found", "rank": "rank", "where": "where",
        "blind": "Not evaluated: what could not be checked, and why", "of": "of", "checked": "checked",
        "shipments": "shipments checked", "reason": "why not the rest", "in_full": "Checked in full: {rules}",
        "idle": "Nothing held falls under: {rules}",
        "quarantine": "Quarantine: rows that formed no record", "row": "row", "column": "column", "found": "found",
        "expected": "expected", "more": "… and {n} more (--format json shows all)", "failed": "could not be read",
        "balance": "rows {rows} = records {records} + quarantined {quarantined} + skipped {skipped}",
        "notes": "Notes on what was read", "note": "note", "others": "{file} and {n} more",
        "budget": "Leads to be reviewed, by quarter and kind of subject", "quarter": "quarter",
        "with_leads": "with leads", "in_budget": "in the budget", "false_share": "false ones expected (synthetic)",
    },
    "fr": {
        "intake": "Ce qui a été lu", "file": "fichier", "rows": "lignes", "records": "enregistrements",
        "quarantined": "quarantaine", "skipped": "ignorées", "new": "nouveau", "yes": "oui", "no": "déjà reçu",
        "kind": "type", "sheet": "feuille", "breaches": "Manquements : une règle n'est pas respectée",
        "leads": "Pistes : inhabituel, à examiner",
        "trial": "En observation : enregistré, n'ouvre aucun dossier",
        "rule": "règle", "severity": "gravité", "subject": "objet",
        "message": "constat", "rank": "rang", "where": "où",
        "blind": "Non évalué : ce qui n'a pas pu être contrôlé, et pourquoi", "of": "objet", "checked": "contrôlés",
        "shipments": "expéditions contrôlées", "reason": "pourquoi pas le reste",
        "in_full": "Contrôle complet : {rules}", "idle": "Aucune pièce détenue n'en relève : {rules}",
        "quarantine": "Quarantaine : lignes sans enregistrement", "row": "ligne", "column": "colonne",
        "found": "trouvé", "expected": "attendu", "more": "… et {n} de plus (--format json montre tout)",
        "failed": "n'a pas pu être lu",
        "balance": "lignes {rows} = enregistrements {records} + quarantaine {quarantined} + ignorées {skipped}",
        "notes": "Remarques sur ce qui a été lu", "note": "remarque", "others": "{file} et {n} de plus",
        "budget": "Pistes à examiner, par trimestre et type d'objet", "quarter": "trimestre",
        "with_leads": "avec pistes", "in_budget": "à examiner",
        "false_share": "part attendue de fausses pistes (donnée synthétique)",
    },
}  # fmt: skip


def as_object(job: Job, findings: list[dict[str, Any]], lang: str) -> dict[str, Any]:
    """The object of design.md's ``--format json``."""
    from importlib.metadata import version

    from carmonitor.assessment import coverage_view

    return {
        "run": {
            "run_id": job.run_id,
            "as_of": job.as_of.isoformat(),
            "code_version": version("carmonitor"),
            "rulebook_hash": job.catalogue.rulebook.hash,
            "catalogue_hash": job.catalogue.hash,
            "evidence_digest": job.judged.evidence.digest,
            "result_digest": job.judged.digest,
            "stored": job.stored,
            "context": job.context,
        },
        "intake": {**job.intake.counts(), "failed": job.intake.failed, "notes": notes(job.intake, lang)},
        "findings": findings,
        "quarantine": quarantine(job.intake, lang),
        "coverage": coverage_view(job.judged.coverage, job.catalogue, lang),
    }


def notes(intake: Intake, lang: str) -> list[dict[str, str]]:
    """What a reader should know: columns not understood, encodings, papers nobody names. ``file``: with its folder."""
    from carmonitor.intake.problems import note_text

    found = []
    for received in intake.received:
        submission = received.submission
        found += [(submission.name, "", note) for note in submission.notes]
        found += [(_path(submission.name, t.file), t.sheet, note) for t in submission.tables for note in t.notes]
    return [{"file": file, "sheet": sheet, "note": note_text(note, lang)} for file, sheet, note in found]


def _path(submission: str, file: str) -> str:
    return file if file == submission or not submission else f"{submission}/{file}"


def quarantine(intake: Intake, lang: str) -> list[dict[str, Any]]:
    """Every quarantined row: where, why cell by cell, and its original text."""
    from carmonitor.intake.problems import expected_text

    return [
        {
            "file": table.file,
            "sheet": table.sheet,
            "row": row.row,
            "kind": table.kind,
            "problems": [
                {
                    "column": p.column,
                    "found": p.found,
                    "expected": expected_text(p.code, p.expected, lang),
                    "code": p.code,
                }
                for p in row.problems
            ],
            "raw": dict(row.raw),
        }
        for received in intake.received
        for table in received.submission.tables
        for row in table.quarantine
    ]


def show(job: Job, findings: list[dict[str, Any]], output: str, lang: str, *, quiet: bool, limit: int = 40) -> None:
    """Print a job as ``table``, ``json`` or ``csv``. Breaches, leads and what was not evaluated stay apart."""
    show_failed(job.intake, lang)
    if output == "json":
        click.echo(json.dumps(as_object(job, findings, lang), ensure_ascii=False, indent=1))
    elif output == "csv":
        from carmonitor.dossier.export import guarded

        text = io.StringIO()
        writer = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: guarded(f[name]) for name in CSV_COLUMNS} for f in findings)
        click.echo(text.getvalue(), nl=False)
    elif not quiet:
        from carmonitor.assessment import coverage_view

        show_intake(job.intake, lang, limit)
        _findings(findings, lang, limit)
        _budgets(job, lang)
        show_coverage(coverage_view(job.judged.coverage, job.catalogue, lang), lang, limit)
        counts = job.judged.counts()
        colon = {"en": ":", "fr": " :"}[lang]
        click.echo("\n" + "   ".join(f"{outcome_name(o, lang)}{colon} {n}" for o, n in counts.items()))


def exit_code(job: Job, fail_on: str) -> int:
    """3 if a file could not be read, else 1 if something is at or above ``--fail-on``, else 0."""
    if job.intake.failed:
        return UNREADABLE
    looked_at = {"breach": ("breach",), "lead": ("breach", "lead"), "never": ()}[fail_on]
    return SOMETHING if any(job.judged.count(outcome) for outcome in looked_at) else NOTHING


def show_intake(intake: Intake, lang: str, limit: int = 40) -> None:
    """What was read, quarantined and noted, as tables."""
    t = _TEXTS[lang]
    files: dict[tuple[str, str], list[Any]] = {}
    for received in intake.received:
        for table in received.submission.tables:
            known = t["yes"] if received.new else t["no"]
            line = files.setdefault((received.submission.name, table.file), [0, 0, 0, 0, known])
            counts = (table.rows_in, len(table.frame), len(table.quarantine), len(table.skipped))
            line[:4] = [before + now for before, now in zip(line[:4], counts, strict=True)]
    label = [t["file"], t["rows"], t["records"], t["quarantined"], t["skipped"], t["new"]]
    shown = [[_path(name, file), *counts] for (name, file), counts in files.items()]
    print_table(t["intake"], label, shown, numbers=(1, 2, 3, 4))
    click.echo(t["balance"].format(**intake.counts()))
    bad = [
        [q["file"], q["sheet"], q["row"], p["column"], _shortened(p["found"]), p["expected"]]
        for q in quarantine(intake, lang)
        for p in q["problems"]
    ]
    headings = [t["file"], t["sheet"], t["row"], t["column"], t["found"], t["expected"]]
    _limited(t["quarantine"], headings, bad, limit, t, numbers=(2,))
    said: dict[tuple[str, str], list[str]] = {}
    for note in notes(intake, lang):
        said.setdefault((note["sheet"], note["note"]), []).append(note["file"])
    told = [
        [t["others"].format(file=where[0], n=len(where) - 1) if where[1:] else where[0], sheet, note]
        for (sheet, note), where in said.items()
    ]
    _limited(t["notes"], [t["file"], t["sheet"], t["note"]], told, limit, t)


def _shortened(found: str) -> str:
    return found if len(found) <= _LONGEST_FOUND else found[:_LONGEST_FOUND] + "…"


def show_failed(intake: Intake, lang: str) -> None:
    """What could not be read at all, a line each, on stderr, whatever the format; also when quiet."""
    for message in intake.failed:
        colon = {"en": ":", "fr": " :"}[lang]
        click.echo(f"carmonitor: {_TEXTS[lang]['failed']}{colon} {one_line(message)}", err=True)


def _findings(findings: list[dict[str, Any]], lang: str, limit: int) -> None:
    t = _TEXTS[lang]
    of = {o: [f for f in findings if f["outcome"] == o and not f["shadow"]] for o in ("breach", "lead")}
    trial = [f for f in findings if f["shadow"] and f["outcome"] != "not_evaluated"]
    headings = [t["rule"], t["severity"], t["subject"], t["message"], t["where"]]
    _limited(t["breaches"], headings, [_fact(f) for f in of["breach"]], limit, t)
    leads = [[f["rank"], *_fact(f)] for f in of["lead"]]
    _limited(t["leads"], [t["rank"], *headings], leads, limit, t, numbers=(0,))
    _limited(t["trial"], headings, [_fact(f) for f in trial], limit, t)


def _budgets(job: Job, lang: str) -> None:
    """Per list: how many subjects are in the review budget, and how many of these may be false (synthetic)."""
    from carmonitor.detection.lists import budgets
    from carmonitor.dossier.tables import word

    t = _TEXTS[lang]
    rows = [
        [b.quarter, word("subject_kind", b.kind, lang), b.subjects, b.in_budget,
         None if b.false_share is None else f"{b.false_share:.0%}".replace("%", " %")]
        for b in budgets(job.judged.findings)
    ]  # fmt: skip
    if rows:
        headings = [t[name] for name in ("quarter", "of", "with_leads", "in_budget", "false_share")]
        print_table(t["budget"], headings, rows, numbers=(2, 3, 4))


def show_coverage(coverage: list[dict[str, Any]], lang: str, limit: int = 40) -> None:
    """What each rule was checked on: a row for every rule that was not checked in full, then the others by name."""
    from carmonitor.dossier.coverage import coverage_report

    t = _TEXTS[lang]
    report = coverage_report(coverage, lang)
    _limited(t["blind"], [t["rule"], t["of"], t["checked"], t["shipments"], t["reason"]], report.partly, limit, t)
    for name, rules in (("in_full", report.in_full), ("idle", report.idle)):
        if rules:
            click.echo(t[name].format(rules=", ".join(rules)))


def _fact(finding: dict[str, Any]) -> list[Any]:
    place = finding["lineage"][0] if finding["lineage"] else None
    where = f"{place['file']} {place['sheet']} {place['row']}" if place else ""
    return [finding["rule_id"], finding["severity"], finding["subject_id"], finding["message"], where]


def _limited(
    title: str,
    headings: list[str],
    rows: Sequence[Sequence[Any]],
    limit: int,
    t: dict[str, str],
    numbers: Sequence[int] = (),
) -> None:
    if not rows:
        return
    print_table(f"{title} ({len(rows)})", headings, rows[:limit], numbers=numbers)
    if len(rows) > limit:
        click.echo(t["more"].format(n=len(rows) - limit))
