"""What goes into a dossier, file by file, and the zip they make."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from carmonitor.dossier import redaction
from carmonitor.dossier.bundle.archive import Files, unsafe, write_archive
from carmonitor.dossier.bundle.manifest import MANIFEST, SIGNATURE, Listed, Origin, as_manifest
from carmonitor.dossier.bundle.signing import Signer
from carmonitor.dossier.export import as_csv, as_json
from carmonitor.dossier.parquet import as_parquet
from carmonitor.dossier.reading.paths import paper_path
from carmonitor.dossier.sheets.model import Paper
from carmonitor.dossier.tables import ExportView, plain_tables
from carmonitor.dossier.tables import texts as table_texts
from carmonitor.dossier.typography import typeset
from carmonitor.dossier.workbook import as_workbook
from carmonitor.ingestion import Progress, no_progress
from carmonitor.records.yamltext import parse_yaml
from carmonitor.store.received import blob


@dataclass(frozen=True)
class Contents:
    """What is wrapped up. ``extra``: files made elsewhere (PDF, page), path → what makes it; the rest: see Origin.

    ``view``: redacted already where ``redacted`` says so, and then without papers; ``left_out``: how many papers that
    are.
    """

    view: ExportView
    lang: str
    selection: Mapping[str, Any]
    redacted: bool
    journal_head: Mapping[str, Any] | None
    made_at: datetime
    extra: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    left_out: int = 0
    synthetic: str = ""

    @property
    def stem(self) -> str:
        """The name of the dossier: its day, its run, and that it is redacted."""
        return f"carmonitor_{self.view.run['as_of']}_{self.view.run['run_id']}{'_redacted' if self.redacted else ''}"


@cache
def texts() -> dict[str, Any]:
    """The words of the wrapping (``texts.yaml``)."""
    source = resources("carmonitor.dossier.bundle") / "texts.yaml"
    loaded: dict[str, Any] = parse_yaml(source.read_text(encoding="utf-8"))
    return loaded


def write_dossier(
    connection: Connection,
    out: Path,
    contents: Contents,
    *,
    signer: Signer | None = None,
    folder: bool = False,
    progress: Progress = no_progress,
) -> list[Path]:
    """Write the zip below ``out``; with ``folder`` its files too, in a folder of its name. Returns what was written."""
    path = out / f"{contents.stem}.zip"
    contents = replace(contents, view=replace(contents.view, papers=with_paths(contents.view.papers)))

    def closing(listed: Sequence[Listed]) -> Files:
        manifest = as_manifest(listed, _origin(contents))
        yield MANIFEST, manifest
        if signer is not None:
            yield SIGNATURE, signer.signature(manifest)

    write_archive(path, files_of(connection, contents, signer, progress), closing)
    if not folder:
        return [path]
    return [path, *_unpacked(path, out / contents.stem)]


def files_of(
    connection: Connection, contents: Contents, signer: Signer | None = None, progress: Progress = no_progress
) -> Iterator[tuple[str, bytes]]:
    """Every file but the manifest and its signature, in the order of the zip; each is made when it is asked for."""
    view = contents.view
    yield "README.txt", readme(contents, signer).encode("utf-8-sig")
    progress("writing the workbook", 0, 1)
    tables = plain_tables(view)
    yield "cases.xlsx", as_workbook(view, contents.lang, tables)
    progress("writing the data", 0, 1)
    yield "cases.json", as_json(view, tables).encode()
    for name, table in tables.items():
        yield f"csv/{name}.csv", as_csv(table, view.run)
    for name, table in tables.items():
        yield f"parquet/{name}.parquet", as_parquet(table, view.run)
    yield "map.geojson", (json.dumps(view.geography, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()
    for number, paper in enumerate(view.papers):
        progress("adding the original papers", number, len(view.papers))
        yield paper["file"], blob(connection, paper["sha256"])
    for path, make in sorted(contents.extra.items(), reverse=True):  # the PDF takes longest, and is being set meanwhile
        progress("printing", 0, 1)
        yield path, make()


def with_paths(papers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Papers with ``file``: where each lies in the zip."""
    return [{**p, "file": paper_path(Paper("", p["submission_id"], p["path"], "", 0))} for p in papers]


def readme(contents: Contents, signer: Signer | None) -> str:
    """README.txt: what is in the dossier and how to check it, in the dossier's language first, then in the other."""
    other = {"en": "fr", "fr": "en"}[contents.lang]
    return "\n\n".join(_readme(contents, signer, lang) for lang in (contents.lang, other)).replace("\n", "\r\n")


def _readme(contents: Contents, signer: Signer | None, lang: str) -> str:
    say, run = texts(), contents.view.run
    there = ["cases.xlsx", "cases.json", "csv/", "parquet/", "map.geojson"]
    there = [name for name in ("index.html", "dossier.pdf") if name in contents.extra] + there
    there += ["papers/"] if contents.view.papers else []
    parts = "\n".join(f"    {name:<14}{say['parts'][name][lang]}" for name in there) + "\n"
    signed = say["unsigned"][lang]
    if signer is not None:
        signed = say["signed"][lang].format(name=signer.public.name, fingerprint=signer.public.fingerprint)
    text = say["readme"][lang].format(
        as_of=_day(str(run["as_of"]), lang),
        run_id=run["run_id"],
        rulebook_hash=run["rulebook_hash"],
        selection=selected(contents.selection, lang),
        redacted="\n".join([*([contents.synthetic] if contents.synthetic else []),
                            *([say["redacted"][lang]] if contents.redacted else []), ""]),
        parts=parts,
        sheet=table_texts()["sheets"]["cases"][lang],
        file=f"{contents.stem}.zip",
        signed=signed,
    )  # fmt: skip
    return typeset(text, lang)


def _day(text: str, lang: str) -> str:
    return date.fromisoformat(text).strftime("%d/%m/%Y") if lang == "fr" else text


def selected(selection: Mapping[str, Any], lang: str) -> str:
    """A selection in words."""
    say = texts()["selected"]
    colon = {"en": ":", "fr": " :"}[lang]
    parts = []
    for name, value in selection.items():
        said = ", ".join(value) if isinstance(value, list) else str(value)
        parts.append(f"{say[name][lang]}{colon} {said}")
    return {"en": "; ", "fr": " ; "}[lang].join(parts) if parts else str(say["everything"][lang])


def _origin(contents: Contents) -> Origin:
    left_out = []
    if contents.redacted:
        why = redaction.rules()["left_out"]
        left_out = [
            {"what": "papers", "count": contents.left_out, "why": why["papers"][contents.lang]},
            {"what": "raw", "count": len(contents.view.quarantine), "why": why["raw"][contents.lang]},
        ]
    return Origin(
        run=contents.view.run,
        journal_head=contents.journal_head,
        selection=contents.selection,
        lang=contents.lang,
        redacted=contents.redacted,
        made_at=contents.made_at.astimezone(UTC).isoformat(timespec="seconds"),
        synthetic=contents.synthetic,
        left_out=left_out,
    )


def _unpacked(archive: Path, folder: Path) -> list[Path]:
    """The files of a zip we have just written, in a folder; what an earlier export of that name left there goes."""
    manifest = folder / MANIFEST
    if manifest.is_file():
        for line in json.loads(manifest.read_bytes())["files"]:
            if unsafe(str(line["path"])) is None:
                (folder / line["path"]).unlink(missing_ok=True)
    written = []
    with zipfile.ZipFile(archive) as zipped:
        for entry in zipped.infolist():
            path = folder / entry.filename
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(zipped.read(entry))
            written.append(path)
    return written
