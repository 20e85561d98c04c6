"""A certificate beside its import confirmation, field by field, as plain lines. Pure functions over stored rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from carmonitor.findings import shown
from carmonitor.records.names import fold_name

Row = Mapping[str, Any]
"""Plain values of a row in force (:meth:`Standing.plain`): carats in hundredths, USD in cents, days ISO text."""

Verdict = Literal["same", "within", "differs", "half", "none", "alone", "info"]
"""``same``; ``within`` the tolerance of a rule; ``differs``; ``half``: one side states nothing; ``none``: neither does;
``alone``: only one of the two papers has such a field; ``info``: days to be read, nothing to compare."""


@dataclass(frozen=True)
class Line:
    """One line of the comparison. ``field``: a name in ``certificate_fields`` of the texts; ``note``: a text of
    ``certificate_notes`` with its values; ``rule``: the rule that looks at it ("" for none)."""

    field: str
    certified: str | None
    confirmed: str | None
    verdict: Verdict
    rule: str = ""
    note: str = ""
    values: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Limits:
    """Parameters of M-06 (percent) and M-04 (days), and whether each is the project's own."""

    carats_percent: str
    value_percent: str
    warning_days: int
    error_days: int
    project_default: bool


def compare(
    sent: Row, answer: Row | None, *, union: Mapping[str, str], limits: Limits, hs_codes: Sequence[str], lang: str
) -> list[Line]:
    """Certificate and one confirmation (None: there is none).

    ``union``: country → the KP participant it belonged to when the certificate was issued, where that is another;
    ``hs_codes``: of the parcels; a confirmation has none.
    """
    there: Row = answer or {}
    return [
        _text("number", sent, "certificate_number", there, "certificate_number", answer),
        _country(sent, there, answer, union),
        _text("exporter", sent, "exporter_name", there, "exporter_name", answer, rule="M-05"),
        _text("importer", sent, "importer_name", there, "importer_name", answer, rule="M-05"),
        _whole(sent, there, answer, lang),
        _measured("carats", sent, there, answer, limits.carats_percent, limits.project_default, lang),
        _measured("value_usd", sent, there, answer, limits.value_percent, limits.project_default, lang),
        Line("hs_codes", ", ".join(hs_codes) or None, None, "alone" if hs_codes else "none"),
        *_days(sent, there, answer, lang),
    ]


def _verdict(mine: Any, theirs: Any, answer: Row | None, equal: bool) -> Verdict:
    if answer is None:
        return "alone"
    if mine is None and theirs is None:
        return "none"
    if mine is None or theirs is None:
        return "half"
    return "same" if equal else "differs"


def _text(field: str, sent: Row, name: str, there: Row, other: str, answer: Row | None, rule: str = "") -> Line:
    mine, theirs = sent[name], there.get(other)
    equal = mine is not None and theirs is not None and fold_name(str(mine)) == fold_name(str(theirs))
    return Line(field, mine, theirs, _verdict(mine, theirs, answer, equal), rule)


def _country(sent: Row, there: Row, answer: Row | None, union: Mapping[str, str]) -> Line:
    mine, theirs = sent["destination_country"], there.get("importing_country")
    joint = union.get(str(mine), mine) == union.get(str(theirs), theirs)
    verdict = _verdict(mine, theirs, answer, mine == theirs)
    if verdict == "differs" and joint:
        return Line("country", mine, theirs, "within", "M-07", "union", {"union": union.get(str(mine), str(mine))})
    return Line("country", mine, theirs, verdict, "M-07")


def _whole(sent: Row, there: Row, answer: Row | None, lang: str) -> Line:
    mine, theirs = sent["parcel_count"], there.get("parcel_count")
    verdict = _verdict(mine, theirs, answer, mine == theirs)
    return Line("parcels", _count(mine, lang), _count(theirs, lang), verdict, "M-05")


def _measured(field: str, sent: Row, there: Row, answer: Row | None, percent: str, default: bool, lang: str) -> Line:
    """Exactly compared; ``within``: apart, by no more than a share of what is certified."""
    mine, theirs = sent[field], there.get(field)
    here, abroad = (None if v is None else _amount(v, field, lang) for v in (mine, theirs))
    verdict = _verdict(mine, theirs, answer, mine == theirs)
    if verdict != "differs":
        return Line(field, here, abroad, verdict, "M-06")
    share = Fraction(percent) / 100
    beyond = abs(theirs - mine) * share.denominator > mine * share.numerator
    values = {"by": _signed(theirs - mine, field, lang), "percent": shown(Decimal(percent), "percent", lang)}
    note = "tolerance_default" if default else "tolerance"
    return Line(field, here, abroad, "differs" if beyond else "within", "M-06", note, values)


def _days(sent: Row, there: Row, answer: Row | None, lang: str) -> list[Line]:
    issued, left, until = (sent[name] for name in ("issue_date", "export_date", "expiry_date"))
    came, said = there.get("received_on"), there.get("confirmed_on")
    return [
        Line("issued", _day(issued, lang), None, "info"),
        Line("left", _day(left, lang), None, "info"),
        _arrival(left or issued, came, answer, lang),
        _validity(until, came, answer, lang),
        Line("confirmed", None, _day(said, lang), "info" if answer is not None else "alone", "M-04"),
    ]


def _arrival(left: str | None, came: str | None, answer: Row | None, lang: str) -> Line:
    if left is None or came is None:
        return Line("arrived", None, _day(came, lang), "info" if answer is not None else "alone")
    days = (date.fromisoformat(came) - date.fromisoformat(left)).days
    values = {"n": shown(days, "count", lang)}
    return Line("arrived", None, _day(came, lang), "differs" if days < 0 else "info", "M-09", "on_the_way", values)


def _validity(until: str | None, came: str | None, answer: Row | None, lang: str) -> Line:
    verdict = _verdict(until, came, answer, until is not None and came is not None and came <= until)
    return Line("valid_until", _day(until, lang), _day(came, lang), verdict, "M-09")


def _day(value: str | None, lang: str) -> str | None:
    return None if value is None else shown(value, "date", lang)


def _count(value: int | None, lang: str) -> str | None:
    return None if value is None else shown(value, "count", lang)


def _amount(value: int, field: str, lang: str) -> str:
    unit = "ct" if field == "carats" else "USD"
    return f"{shown(Decimal(value).scaleb(-2), unit, lang)}\u00a0{unit}"


def _signed(value: int, field: str, lang: str) -> str:
    sign = "+" if value > 0 else "\u2212"
    return f"{sign}{_amount(abs(value), field, lang)}"
