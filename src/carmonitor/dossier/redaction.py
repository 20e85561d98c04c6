"""What a dossier does not say when it is redacted: telephones, addresses, and the names of miners (``redaction.yaml``).

The texts of those fields are looked for everywhere else too, in messages, figures, comments and file names, whatever
their case, accents and punctuation. One name is one pseudonym throughout a dossier. What a reviewer writes about a
person in other words cannot be known and stays.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, TypeVar

import pandas as pd

from carmonitor.dossier.tables import ExportView
from carmonitor.records.places import Gazetteer
from carmonitor.records.yamltext import parse_yaml
from carmonitor.store.personal import Stated

_WORD = re.compile(r"\w+")
_SHORTEST = 4
"""Letters and digits of a text that is looked for inside other texts; a shorter one only as a whole."""

_END = ""  # key of a trie's node that holds what a text becomes; no word is empty
_IDS = ("case_id", "finding_id", "subject_id", "submission_id")
"""What names things and is never touched: a case must be found again."""

T = TypeVar("T")
_Node = dict[str, Any]


@cache
def rules() -> dict[str, Any]:
    """The contents of ``redaction.yaml``."""
    loaded: dict[str, Any] = parse_yaml((files("carmonitor.dossier") / "redaction.yaml").read_text(encoding="utf-8"))
    return loaded


def is_personal(text: Stated) -> bool:
    """Whether a text that stood in a field is to be taken out."""
    rule = rules()["fields"].get(f"{text.kind}.{text.field}")
    return rule is not None and (rule["whose"] == "all" or not text.trader)


class Redaction:
    """Takes personal texts out of values. Made once for a dossier; the same texts and seed give the same pseudonyms."""

    def __init__(self, texts: Iterable[Stated], lang: str, *, seed: str, gazetteer: Gazetteer | None = None) -> None:
        """``seed``: in whose order pseudonyms are numbered, so that numbers do not follow the alphabet.

        ``gazetteer``: names that are places too are not looked for inside other texts.
        """
        self._lang = lang
        self._whole: dict[str, str] = {}
        self._trie: _Node = {}
        self._known: dict[str, str] = {}
        for text, becomes in _replacements(texts, lang, seed):
            self._whole.setdefault(_folded(text), becomes)
            if len(_folded(text)) >= _SHORTEST and not (gazetteer and gazetteer.matches(text)):
                self._learn(text, becomes)
                if digits := _digits(text):
                    self._learn(digits, becomes)

    def _learn(self, text: str, becomes: str) -> None:
        node = self._trie
        words = list(_WORD.finditer(text))
        for word in words:
            node = node.setdefault(_folded(word[0]), {})
        if words:
            node.setdefault(_END, (becomes, text[: words[0].start()], text[words[-1].end() :]))

    def text(self, text: str) -> str:
        """A text without what is personal in it."""
        if text not in self._known:
            self._known[text] = self._whole.get(_folded(text)) or self._replaced(text)
        return self._known[text]

    def _replaced(self, text: str) -> str:
        words = list(_WORD.finditer(text))
        done, parts, number = 0, [], 0
        while number < len(words):
            hit = self._longest(words, number)
            if hit is None:
                number += 1
                continue
            last, (becomes, head, tail) = hit
            start, end = words[number].start(), words[last].end()
            start -= len(head) if head and text.endswith(head, done, start) else 0
            end += len(tail) if tail and text.startswith(tail, end) else 0
            parts += [text[done:start], becomes]
            done, number = end, last + 1
        return "".join([*parts, text[done:]]) if parts else text

    def _longest(self, words: list[re.Match[str]], first: int) -> tuple[int, tuple[str, str, str]] | None:
        """The longest known text that begins with a word: its last word, what it becomes, its punctuation."""
        node, found = self._trie, None
        for number in range(first, len(words)):
            node = node.get(_folded(words[number][0]), {})
            if not node:
                break
            if _END in node:
                found = number, node[_END]
        return found

    def value(self, value: T) -> T:
        """Any value of a dossier, its texts redacted, however deep: mappings, lists, tuples, sets, dataclasses."""
        done: Any = value
        if isinstance(value, str):
            done = self.text(value)
        elif isinstance(value, Mapping):
            done = {k: v if k in _IDS else self.value(v) for k, v in value.items()}
        elif isinstance(value, (list, tuple, set, frozenset)):
            done = type(value)(self.value(item) for item in value)
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            own = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
            done = dataclasses.replace(value, **{k: v if k in _IDS else self.value(v) for k, v in own.items()})
        return done  # type: ignore[no-any-return]

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame, its texts redacted."""
        named = [name for name in frame.columns if any(isinstance(value, str) for value in frame[name])]
        return frame.assign(**{name: [self.value(value) for value in frame[name]] for name in named})

    def row(self, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a record: those of which everybody's are dropped are gone, the rest is redacted."""
        fields = rules()["fields"]
        gone = {n for n in values if fields.get(f"{kind}.{n}", {}).get("how") == "drop"}
        return {name: self.value(value) for name, value in values.items() if name not in gone}

    def view(self, view: ExportView) -> ExportView:
        """An export without what is personal. Papers go, and the original texts of rows that nobody could read."""
        return dataclasses.replace(
            view,
            cases=self.value(list(view.cases)),
            findings=self.value(list(view.findings)),
            evidence_rows=[self.value({**r, "values": self.row(r["kind"], r["values"])}) for r in view.evidence_rows],
            coverage=self.value(list(view.coverage)),
            quarantine=[self._unread(row) for row in view.quarantine],
            reconciliation=self.frame(view.reconciliation),
            subtotals=self.frame(view.subtotals),
            overdue=self.frame(view.overdue),
            geography=self.value(dict(view.geography)),
            papers=(),
        )

    def _unread(self, row: Mapping[str, Any]) -> dict[str, Any]:
        problems = [{**p, "found": rules()["pseudonyms"]["drop"][self._lang]} for p in row["problems"]]
        return self.value({**row, "problems": problems, "raw": {}})


def _replacements(texts: Iterable[Stated], lang: str, seed: str) -> list[tuple[str, str]]:
    """Each personal text and what it becomes."""
    personal: dict[str, list[Stated]] = {}
    for text in texts:
        if is_personal(text) and _folded(text.text):
            how = rules()["fields"][f"{text.kind}.{text.field}"]["how"]
            personal.setdefault(how, []).append(text)
    found = []
    for how, own in personal.items():
        numbers = _numbers({_folded(text.text) for text in own}, seed)
        said = rules()["pseudonyms"][how][lang]
        found += [(text.text, said.format(n=numbers[_folded(text.text)])) for text in own]
    return found


def _numbers(names: Collection[str], seed: str) -> dict[str, int]:
    ordered = sorted(names, key=lambda name: hashlib.sha256(f"{seed}\n{name}".encode()).hexdigest())
    return {name: number for number, name in enumerate(ordered, 1)}


def _digits(text: str) -> str | None:
    """A telephone number as one word; None for any other text."""
    digits = "".join(filter(str.isdigit, text))
    return digits if len(digits) >= 8 and not any(map(str.isalpha, text)) else None


@lru_cache(maxsize=1 << 17)
def _folded(text: str) -> str:
    """Letters and digits only, lower case, without accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    return "".join(filter(str.isalnum, text.casefold()))
