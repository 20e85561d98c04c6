"""What senders write and what it means: ``schemas/headers.yaml``, ready to be asked.

Words are compared without case, accents and punctuation. In headers, small words are dropped and every way to write
"number" (N°, No., Num.) is one word, so that "N° du certificat" and "Numéro de certificat" are equal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, get_args

from carmonitor.records import KINDS
from carmonitor.records.fields import CHOICE, FieldType
from carmonitor.records.places import fold
from carmonitor.records.yamltext import parse_yaml
from carmonitor.settings import schemas_dir

LANGUAGES = ("en", "fr")
_SMALL_WORDS = frozenset({"de", "du", "des", "d", "l", "la", "le", "les", "of", "the", "s"})
_NUMBER = frozenset({"n", "no", "nr", "num", "numero", "number", "numeros"})
_COUNT = frozenset({"nb", "nbr", "nbre"})
_UNITS = {  # folded units that a header may carry in brackets, by type of value
    "carats": {"ct", "cts", "carat", "carats", "encarats"},
    "usd": {"usd", "us", "dollars", "enusd", "endollars", "inusd"},
    "xaf": {"xaf", "fcfa", "cfa", "enfcfa", "enxaf", "inxaf"},
    "rate": {"xaf", "fcfa"},
    "date": {"jjmmaaaa", "ddmmyyyy", "aaaammjj", "yyyymmdd"},
    "month": {"aaaamm", "yyyymm"},
    "degrees": {"degres", "degrees", "degresest", "degresnord", "degreeseast", "degreesnorth"},
}
_BRACKETED = re.compile(r"^(.*?)\s*[(\[]([^()\[\]]*)[)\]]\s*$", re.DOTALL)


def words(text: str) -> tuple[str, ...]:
    """The words of a text, folded: ``"N° d'expertise"`` → ``("number", "expertise")``. Digits are words too."""
    plain = unicodedata.normalize("NFKD", text.replace("°", " ").replace("œ", "oe"))
    plain = "".join(c for c in plain.casefold() if not unicodedata.combining(c))
    found = []
    for word in re.findall(r"[a-z0-9]+", plain):
        if word in _NUMBER:
            found.append("number")
        elif word in _COUNT:
            found.append("nombre")
        elif word not in _SMALL_WORDS:
            found.append(word)
    return (*found, "le") if plain.rstrip(" :").endswith(" le") else tuple(found)  # "Expertisé le" is not "Expertise"


@lru_cache(maxsize=20_000)  # the rows above a table are looked at once per kind and delimiter
def header_key(text: str) -> str:
    """What headers are compared by. Folded alone when nothing but small words is left ("De")."""
    return "".join(words(text)) or fold(text)


@dataclass(frozen=True)
class HeaderMatch:
    """A header that was understood. ``language``: ``en``, ``fr``, or ``""`` when both or neither (a field name)."""

    field: str
    language: str


@dataclass(frozen=True)
class Vocabulary:
    """``headers.yaml``, folded. Keys of every mapping are folded texts."""

    headers: Mapping[str, Mapping[str, HeaderMatch]]  # kind → header key → field
    sheet_names: Mapping[str, tuple[tuple[str, ...], ...]]  # kind → names, as words
    ignored_sheets: frozenset[str]
    choices: Mapping[tuple[str, str], Mapping[str, str]]  # kind, field → spelling → code
    countries: Mapping[str, str]
    booleans: Mapping[str, bool]
    months: Mapping[str, int]
    total_words: frozenset[tuple[str, ...]]
    footnote_words: frozenset[str]

    def match_header(self, kind: str, text: str) -> HeaderMatch | None:
        """The field of ``kind`` a header stands for, or None. A wrong unit in brackets is not understood."""
        known = self.headers[kind]
        found = known.get(header_key(text))
        if found is None and text.endswith((")", "]")) and (bracketed := _BRACKETED.match(text)):
            base = known.get(header_key(bracketed[1]))
            if base and fold(bracketed[2]) in _UNITS.get(field_types(kind)[base.field].name, ()):
                found = base
        return found

    def kind_of_name(self, name: str) -> str | None:
        """The kind a sheet or file is named after (``"2021-03 Expéditions"``), or None when no or several kinds fit."""
        spoken = tuple(w for w in words(name) if not w.isdigit())
        best: dict[str, int] = {}
        for kind, names in self.sheet_names.items():
            lengths = [len("".join(n)) + 1000 * (n == spoken) for n in names if _within(n, spoken)]
            if lengths:
                best[kind] = max(lengths)
        top = [kind for kind, length in best.items() if length == max(best.values())]
        return top[0] if len(top) == 1 else None

    def is_ignored(self, sheet: str) -> bool:
        """Whether a sheet is one of the help and list sheets of the template."""
        return fold(sheet) in self.ignored_sheets

    def begins_as_total(self, text: str) -> bool:
        """``"Total général"``, ``"Sous-total mars :"``."""
        spoken = words(text[:80])
        return any(spoken[: len(total)] == total for total in self.total_words)


def _within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))


@cache
def field_types(kind: str) -> Mapping[str, FieldType]:
    """Field name → value type, looked up once per kind."""
    return KINDS[kind].field_types()


@cache
def load() -> Vocabulary:
    """Read ``schemas/headers.yaml``. Fails when a spelling would stand for two things."""
    path = schemas_dir() / "headers.yaml"
    raw: dict[str, Any] = parse_yaml(path.read_text(encoding="utf-8"))
    return Vocabulary(
        headers={kind: _headers(kind, raw["kinds"][kind]["columns"]) for kind in KINDS},
        sheet_names={kind: _sheet_names(kind, raw["kinds"][kind]["sheets"]) for kind in KINDS},
        ignored_sheets=frozenset(fold(name) for name in raw["ignored_sheets"]),
        choices=_choices(raw["values"]),
        countries=_countries(raw),
        booleans=_unique((fold(w), flag) for flag, by in raw["booleans"].items() for w in _spellings(by)),
        months=_unique(
            (fold(name), number)
            for language in LANGUAGES
            for number, names in enumerate(raw["months"][language], start=1)
            for name in names
        ),
        total_words=frozenset(words(w) for w in raw["total_words"]),
        footnote_words=frozenset(fold(w) for w in raw["footnote_words"]),
    )


def _spellings(by_language: Mapping[str, list[str]]) -> Iterator[str]:
    for language in LANGUAGES:
        yield from by_language[language]


def _unique(pairs: Any) -> dict[str, Any]:
    """A mapping from (spelling, meaning) pairs; fails when one spelling has two meanings."""
    found: dict[str, Any] = {}
    for spelling, meaning in pairs:
        if found.setdefault(spelling, meaning) != meaning:
            raise ValueError(f"headers.yaml: {spelling!r} stands for both {found[spelling]!r} and {meaning!r}")
    return found


def _headers(kind: str, columns: Mapping[str, Mapping[str, list[str]]]) -> dict[str, HeaderMatch]:
    fields = list(field_types(kind))
    if list(columns) != fields:
        raise ValueError(f"headers.yaml: {kind} needs exactly the columns {fields}")
    spoken = {
        language: _unique((header_key(text), name) for name in fields for text in columns[name][language])
        for language in LANGUAGES
    }
    meaning = _unique([*spoken["en"].items(), *spoken["fr"].items()])
    meaning |= {header_key(name): name for name in fields}
    own_names = {header_key(name) for name in fields}
    found = {}
    for key, name in meaning.items():
        languages = [language for language in LANGUAGES if key in spoken[language]]
        neutral = len(languages) != 1 or key in own_names
        found[key] = HeaderMatch(name, "" if neutral else languages[0])
    return found


def _sheet_names(kind: str, by_language: Mapping[str, list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys([words(kind), *(words(name) for name in _spellings(by_language))]))


def _choices(raw: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, str]]:
    found = {}
    for kind, model in KINDS.items():
        for name, value_type in field_types(kind).items():
            if value_type is not CHOICE:
                continue
            codes = choice_codes(model.model_fields[name].annotation)
            entry = raw.get(f"{kind}.{name}", raw.get(name))
            if entry is None or [str(code) for code in entry] != codes:
                raise ValueError(f"headers.yaml: values of {kind}.{name} must be exactly {codes}")
            pairs = [(fold(code), code) for code in codes]
            pairs += [(fold(spelling), code) for code in codes for spelling in _spellings(entry[code])]
            found[kind, name] = _unique(pairs)
    return found


def choice_codes(annotation: Any) -> list[str]:
    """The codes of a ``Literal``, also inside ``Annotated`` and ``| None``."""
    found: list[str] = []
    for part in get_args(annotation):
        if isinstance(part, str):
            found.append(part)
        elif get_args(part):
            found += choice_codes(part)
    return found


def _countries(raw: Mapping[str, Any]) -> dict[str, str]:
    named = [(fold(text), code) for code, names in raw["countries"].items() for text in [code, *names]]
    return _unique([*named, *((code.lower(), code) for code in raw["other_country_codes"].split())])
