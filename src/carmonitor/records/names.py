"""Names of persons and firms, made comparable (semantics.md 19)."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

_FORMS = """
    ag bv bvba cc co company corp corporation cv dmcc est eurl fzc fzco fze gie gmbh inc incorporated jsc kg limited llc
    llp ltd ltda nv ohg ooo plc private pte pty pvt sa sarl sarlu sas sasu scoops scop sl snc spa spol sprl spzoo srl
    suarl surl ets etablissement etablissements ste societe cie compagnie
"""
LEGAL_FORMS = frozenset(_FORMS.split())
"""Words that say what kind of firm it is, not which one; folded."""

_LINKED = re.compile(r"[.'’`´]")
_NOT_A_WORD = re.compile(r"[\W_]+")
_SPELT_OUT = re.compile(r"\b(?:[0-9a-z] ){1,}[0-9a-z]\b")


def fold_name(text: str) -> str:
    """A name without case, accents, punctuation, spaces and legal form: ``"Éts. BADICA, S.A.R.L."`` → ``"badica"``.

    A name that consists of legal forms only keeps them. The empty text stays empty.
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = _NOT_A_WORD.sub(" ", _LINKED.sub("", plain)).strip()
    words = _SPELT_OUT.sub(lambda run: run.group().replace(" ", ""), words)
    kept = [word for word in words.split() if word not in LEGAL_FORMS]
    return "".join(kept or words.split())


def fold_names(names: pd.Series) -> pd.Series:
    """:func:`fold_name` of each name; null stays null. Same index, str dtype."""
    table = {name: fold_name(name) for name in names.dropna().unique()}
    return names.map(table).astype("str")


def latin(text: str) -> str:
    """A text in small Latin letters without accents, whatever its script: ``"Пригожин"`` → ``"prigozhin"``.

    For comparing with listed names only: :func:`fold_name` keeps scripts apart, so that two papers which show one
    name in two scripts are told to a person.
    """
    from anyascii import anyascii  # noqa: PLC0415 - its tables are read only where names are compared with lists

    return anyascii(text.casefold()).casefold()
