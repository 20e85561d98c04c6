"""Pages from templates: what every template can use, and the texts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from carmonitor.console.navigation import NAVIGATION
from carmonitor.console.visit import local_path
from carmonitor.dossier import labels, tables
from carmonitor.dossier.pictures.style import CHART_WIDTH
from carmonitor.dossier.sheets.model import Picture
from carmonitor.dossier.typography import typeset
from carmonitor.findings import shown
from carmonitor.records.yamltext import parse_yaml

if TYPE_CHECKING:
    from carmonitor.console.visit import Visit


class Texts:
    """The words of ``texts.yaml`` and ``papers.yaml``: a tree whose leaves are {en, fr}."""

    def __init__(self) -> None:
        self.tree = _tree()

    def said(self, lang: str, *path: str, **values: Any) -> str:
        """A text in a language, its ``{placeholders}`` filled. Raises KeyError for one that is not there."""
        found: Any = self.tree
        for name in path:
            found = found[name]
        return typeset(str(found[lang]).format(**values), lang)

    def has(self, *path: str) -> bool:
        """Whether there is such a text."""
        found: Any = self.tree
        for name in path:
            if not isinstance(found, Mapping) or name not in found:
                return False
            found = found[name]
        return True


class Pages:
    """Templates of ``templates/``. Everything is escaped; a name that is not there is an error, not a gap."""

    def render(self, template: str, visit: Visit, values: Mapping[str, Any]) -> str:
        """A page in the visitor's language."""
        told = visit.request.query_params.get("told", "")
        said = visit.word("told", told) if visit.console.texts.has("told", told) else ""
        helpers = Helpers(visit)
        return (
            _templates()
            .get_template(template)
            .render(
                visit=visit,
                lang=visit.lang,
                t=visit.word,
                h=helpers,
                told=said,
                static=static,
                label=lambda kind, name: labels.column_label(kind, name, visit.lang),
                kind_title=lambda kind: labels.kind_title(kind, visit.lang),
                hundredths=helpers.hundredths,
                navigation=NAVIGATION,
                **values,
            )
        )


class Helpers:
    """How values are shown in the visitor's language."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._lang = visit, visit.lang

    def number(self, value: float | None, unit: str = "count") -> str:
        """``1,234`` or « 1 234 »; a dash for none."""
        return shown(value, unit, self._lang)

    def hundredths(self, value: int | None) -> str:
        """Carats or dollars kept as a whole number of hundredths; a dash for none."""
        return "–" if value is None else shown(Decimal(value).scaleb(-2), "ct", self._lang)

    def day(self, value: date | str | None) -> str:
        """``2021-07-31`` or « 31/07/2021 »; a dash for none."""
        return shown(value.isoformat() if isinstance(value, date) else value, "date", self._lang) if value else "–"

    def moment(self, value: datetime | str | None) -> str:
        """A day and the minute, UTC."""
        if not value:
            return "–"
        text = value.isoformat() if isinstance(value, datetime) else value
        return f"{self.day(text[:10])} {text[11:16]}"

    def month(self, period: str) -> str:
        """``July 2021``, « juillet 2021 »; other periods as they are."""
        year, _, month = period.partition("-")
        if not month.isdecimal():
            return period
        names = self._visit.word("months").split()
        return f"{names[int(month) - 1]} {year}"

    def word(self, vocabulary: str, code: str | None) -> str:
        """A code in the words of the export (``dossier/texts.yaml``)."""
        return tables.word(vocabulary, code, self._lang) if code else "–"

    def drawing(self, picture: Picture) -> Markup:
        """A drawing as markup: our own, in which every text is escaped (:mod:`carmonitor.dossier.pictures.svg`)."""
        return Markup(picture.svg)

    def is_chart(self, picture: Picture) -> bool:
        """Whether a drawing is narrow enough to stand beside another one."""
        found = re.search(r'viewBox="0 0 ([0-9.]+) ', picture.svg[:1000])
        return found is not None and float(found[1]) <= CHART_WIDTH

    def typeset(self, text: str | None) -> str:
        """A text as it is printed."""
        return typeset(text or "", self._lang)

    def link(self, path: str, **query: Any) -> str:
        """A path with a query; empty values are left out."""
        asked = {name: value for name, value in query.items() if value not in (None, "")}
        return f"{path}?{urlencode(asked, doseq=True)}" if asked else path

    def here(self, **changed: Any) -> str:
        """The present address with some values of its query changed (None takes one away).

        After a form: the page that it stood on.
        """
        request = self._visit.request
        if request.method != "GET":
            return self.link(local_path(urlsplit(request.headers.get("referer", "")).path), **changed)
        query = {k: v for k, v in request.query_params.items() if k != "told"}
        return self.link(request.url.path, **{**query, **changed})

    def lines(self, text: str) -> Markup:
        """A text with its line breaks."""
        return Markup("<br>").join(escape(line) for line in text.splitlines())


@cache
def _tree() -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name in ("texts.yaml", "papers.yaml"):
        words = parse_yaml((files("carmonitor.console") / name).read_text(encoding="utf-8"))
        for group, of_group in words.items():
            tree.setdefault(group, {}).update(of_group)
    return tree


@cache
def _templates() -> Environment:
    """Compiled once a process."""
    return Environment(
        loader=PackageLoader("carmonitor.console"),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


@cache
def static(name: str) -> str:
    """The address of a file of ``static/``; it changes with the content, so that browsers may keep it for good."""
    content = (files("carmonitor.console") / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
