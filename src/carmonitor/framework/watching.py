"""Whether two names may be one person or firm: for comparing names on papers with names on watch lists.

A name is a set of words, in small Latin letters, without legal forms, articles and the trade's common words ("bureau
d'achat"). Two names are alike when their words are the same, in any order or spacing; else, when both have two words or
more, when every word of the shorter stands in the longer: equal, as an initial, or (from five letters) nearly equal.
One of the words must be more than an initial or a common given name. A name of one word needs that very word.
Reasons and figures: docs/decisions/watch-list-threshold.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from carmonitor.records.names import LEGAL_FORMS, latin

_ARTICLE_WORDS = "al and au aux da de del der des di du el en et for la le les of the und van von"
_ARTICLES = frozenset(_ARTICLE_WORDS.split())
_TRADE_WORDS = """
    achat achats bureau car centrafricain centrafricaine centrafrique comptoir diamant diamants diamond diamonds group
    groupe holding maison rca
"""
_TRADE = frozenset(_TRADE_WORDS.split())
_GIVEN_NAMES = """
    abakar abdallah abdel abdoul abdoulaye abdoulay abdou abdul abel adam adama adoum ahamat ahmad ahmat ahmed aime
    alain albert alexandre alexis alfred ali alhadji amadou andre ange anicet anne antoine armand arsene auguste
    barthelemy benjamin benoit bernard bertrand bienvenu blaise boris bruno catherine celestin charles christian
    christophe clement daniel david denis didier dieudonne dominique edouard elie emile emmanuel ernest etienne eugene
    fabrice faustin felix ferdinand fidele firmin florent francis franck francois francoise frederic gabriel gaston
    georges gerard gervais gilbert gilles guy habib hamadou hamid haroun hassan henri herve hussein ibrahim ibrahima
    idriss igor isaac ismael issa jacob jacques jean jerome joel john jonas joseph josue jules julien justin khalid
    lambert laurent leon leonard lucien luc mahamat mahamad mamadou marc marcel marie martin mathieu mathias matthieu
    maurice max maxime michel mohamad mohamed mohammed moise moustapha moussa muhammad nathan nicolas noel olivier omar
    oumar ousmane pascal patrice patrick paul paulin philippe pierre prosper raoul raphael raymond rene richard robert
    roger roland romain saint saleh salif samuel sebastien serge severin simon souleymane stephane sylvain sylvestre
    theodore therese thierry thomas timothee vincent victor vladimir wilfried william yaya youssouf yusuf yves zakaria
"""
GIVEN = frozenset(_GIVEN_NAMES.split())
"""Given names borne by so many that they tell nobody apart; folded."""

FUZZY_FROM = 5
"""Words of fewer letters must be equal."""
_CHUNK = 1000
_ELISION = re.compile(r"\b[dl]['’`´]|\bd (?=achat)")
_LINKED = re.compile(r"['’`´]")
_NOT_A_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Name:
    """The words by which a name is known. ``common``: they are words of the trade only, so that all must agree."""

    words: tuple[str, ...]
    common: bool

    @cached_property
    def joined(self) -> str:
        """The words without the spaces, in their order."""
        return "".join(self.words)

    @cached_property
    def ordered(self) -> str:
        """The words in the order of the alphabet."""
        return " ".join(sorted(self.words))

    @cached_property
    def telling(self) -> frozenset[str]:
        """The words that may tell a person or firm apart."""
        return frozenset(word for word in self.words if _tells(word))


@lru_cache(maxsize=200_000)
def name_of(text: str) -> Name:
    """The words of a name as written. Pure."""
    plain = _NOT_A_WORD.sub(" ", _LINKED.sub("", _ELISION.sub(" ", latin(text))))
    words = _without_spelt_forms(plain.split())
    words = [word for word in words if word not in LEGAL_FORMS] or words
    words = [word for word in words if word not in _ARTICLES or len(words) == 1]
    own = [word for word in words if word not in _TRADE]
    return Name(tuple(own or words), not own)


def _without_spelt_forms(words: list[str]) -> list[str]:
    """``s a r l`` is a legal form; other single letters are initials."""
    kept: list[str] = []
    run: list[str] = []
    for word in [*words, ""]:
        if len(word) == 1:
            run.append(word)
            continue
        if "".join(run) not in LEGAL_FORMS:
            kept += run
        run = []
        kept += [word] if word else []
    return kept


def likeness(one: Name, other: Name, least: int) -> int:
    """How alike two names are, 0 to 100; 0 = not alike."""
    if not one.words or not other.words or one.common != other.common:
        return 0
    if one.joined == other.joined or one.ordered == other.ordered:
        return 100
    short, long = sorted((one.words, other.words), key=lambda words: (len(words), words))
    if len(short) < 2 or (one.common and len(short) != len(long)):
        return 0
    return _aligned(short, list(long), least, one.common)


def _aligned(short: tuple[str, ...], free: list[str], least: int, common: bool) -> int:
    """Every word of the shorter finds one of the longer that is still free; the mean, weighted by letters."""
    told, points, letters = common, 0.0, 0
    for word in sorted(short, key=lambda word: (-len(word), word)):
        best = max(free, key=lambda other: (_word_likeness(word, other, least), len(other), other))
        found = _word_likeness(word, best, least)
        if not found:
            return 0
        free.remove(best)
        told |= _tells(word) and _tells(best)
        points += found * len(word)
        letters += len(word)
    return int(points / letters) if told else 0


def _tells(word: str) -> bool:
    return len(word) > 2 and word not in GIVEN


def _word_likeness(one: str, other: str, least: int) -> float:
    if one == other:
        return 100.0
    if 1 in (len(one), len(other)):
        return 100.0 if one[0] == other[0] else 0.0
    if min(len(one), len(other)) < FUZZY_FROM:
        return 0.0
    from rapidfuzz import fuzz  # noqa: PLC0415 - loaded only where names are compared

    return float(fuzz.ratio(one, other, score_cutoff=least))


def alike(names: pd.Series, listed: pd.Series, least: int) -> pd.DataFrame:
    """The pairs of unique names that are alike. Columns name, listed (as written), alike (int, 1 to 100).

    Only pairs that share a telling word, nearly, or are equal are compared in full: words are compared with words in
    bulk, and names never with every name.
    """
    ours, theirs = ({text: name_of(text) for text in sorted(set(texts.dropna()))} for texts in (names, listed))
    pairs = dict.fromkeys((*_equal(ours, theirs), *_sharing_a_word(ours, theirs, least)))
    found = [(name, entry, likeness(ours[name], theirs[entry], least)) for name, entry in pairs]
    frame = pd.DataFrame([row for row in sorted(found) if row[2]], columns=["name", "listed", "alike"])
    return frame.astype({"name": "str", "listed": "str", "alike": "Int64"})


def _equal(ours: dict[str, Name], theirs: dict[str, Name]) -> Iterator[tuple[str, str]]:
    for form in ("joined", "ordered"):
        by_form: dict[str, list[str]] = {}
        for text, name in theirs.items():
            by_form.setdefault(getattr(name, form), []).append(text)
        yield from ((text, entry) for text, name in ours.items() for entry in by_form.get(getattr(name, form), ()))


def _sharing_a_word(ours: dict[str, Name], theirs: dict[str, Name], least: int) -> Iterator[tuple[str, str]]:
    here, there = _by_word(ours), _by_word(theirs)
    for one, other in _like_words(sorted(here), sorted(there), least):
        yield from ((text, entry) for text in here[one] for entry in there[other])


def _by_word(names: dict[str, Name]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text, name in names.items():
        for word in name.telling if len(name.words) > 1 else ():
            found.setdefault(word, []).append(text)
    return found


def _like_words(ours: list[str], theirs: list[str], least: int) -> Iterator[tuple[str, str]]:
    known = set(theirs)
    yield from ((word, word) for word in ours if word in known)
    long, targets = ([w for w in words if len(w) >= FUZZY_FROM] for words in (ours, theirs))
    if not long or not targets:
        return
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - loaded only where names are compared

    for start in range(0, len(long), _CHUNK):
        chunk = long[start : start + _CHUNK]
        scores = process.cdist(chunk, targets, scorer=fuzz.ratio, score_cutoff=least, dtype=np.uint8)
        yield from ((chunk[row], targets[column]) for row, column in zip(*np.nonzero(scores), strict=True))
