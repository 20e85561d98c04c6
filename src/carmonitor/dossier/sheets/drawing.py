"""A chain's nodes and edges in words, with what findings stand on marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from carmonitor.dossier.sheets.links import Links, Row, Use, line_id
from carmonitor.dossier.sheets.model import Chain, Edge, Node, State
from carmonitor.dossier.sheets.words import amount, said
from carmonitor.dossier.tables import word
from carmonitor.findings import shown

if TYPE_CHECKING:
    from carmonitor.dossier.sheets.chain import Picked

DIGGING, FIRST_SALE, RESALE, PARCEL, CERTIFICATE, ABROAD = range(6)

INTO = {"D-01": "certificate", "D-06": "line_to_slip", "D-07": "bag"}
"""Rule → the links it breaks: those into what its subject is (D-06: from the line to the slip)."""
NAMED = {"D-03": "slip", "Z-02": "slips"}
"""Rule → its evidence that names the slips whose link into its subject, a parcel, it breaks."""
OUT_OF = {"D-10", "Z-01"}
"""Rules that break the links out of their subject, a slip."""
ABOUT_CONFIRMATION = {"M-04", "M-05", "M-06", "M-07", "M-08", "M-09"}
"""Rules that break the link between a certificate and its confirmation."""


class _Marks:
    """What findings of the case stand on: node ids that are concerned or broken, and broken links with their rules."""

    def __init__(self, subject_named: set[str], findings: Sequence[Mapping[str, Any]]) -> None:
        self.named = subject_named
        self._standing = [f for f in findings if f.get("status", "open") == "open" and f["outcome"] == "breach"]
        self._broken = {str(f["subject_id"]) for f in self._standing}

    def node(self, name: str, state: State = "whole") -> tuple[State, bool]:
        """The state of a node, and whether it is concerned."""
        return ("broken" if state == "whole" and name in self._broken else state), name in self.named

    def link(self, source: str, target: str, kind: str) -> tuple[str, ...]:
        """The rules that break a link of a kind."""
        return tuple(dict.fromkeys(rule for f in self._standing for rule in self._breaks(f, source, target, kind)))

    def _breaks(self, f: Mapping[str, Any], source: str, target: str, kind: str) -> Iterator[str]:
        rule, subject, evidence = str(f["rule_id"]), str(f["subject_id"]), f["evidence"]
        if rule in OUT_OF:
            broken = subject == source and kind in ("sale", "parcel")
        elif rule in INTO:
            broken = subject == target and kind == INTO[rule]
        elif rule in NAMED:
            broken = subject == target and kind == "parcel" and source in _listed(evidence.get(NAMED[rule]))
        elif rule in ABOUT_CONFIRMATION:
            here = kind == "confirmation" and subject.partition("@")[0] == source
            broken = here and (target.endswith("@") or evidence.get("country") in (None, target.rpartition("@")[2]))
        else:
            sold = kind == "sale" and rule == "D-09" and target == evidence.get("slip")
            broken = sold and source in _listed(evidence.get("source"))
        if broken:
            yield rule

    def uncovered(self, parcel: str) -> str | None:
        """Carats of a parcel that no slip covers (D-03), decimal text; None where nothing says so."""
        of_it = [f["evidence"] for f in self._standing if f["rule_id"] == "D-03" and f["subject_id"] == parcel]
        return next((gap for gap in (evidence.get("missing_carats") for evidence in of_it) if gap), None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def drawn(p: Picked, links: Links, lang: str) -> Chain | None:
    """The chain of what was picked; None where not one of its papers is held."""
    marks = _Marks(p.subject.named, p.subject.findings)
    nodes = [
        *(_line(line, links, marks, lang) for line in p.lines),
        *(_slip(slip, links, marks, lang) for slip in p.slips),
        *(_bag(bag, links, marks, lang) for bag in p.bags),
        *_gaps(p, marks, lang),
        *(_parcel(parcel, links, marks, lang) for parcel in p.parcels),
        *(_certificate(number, links, marks, lang) for number in p.certificates),
        *(node for number in p.certificates for node in _abroad(number, links, marks, lang)),
    ]
    edges = list(_edges(p, links, marks, lang))
    if all(node.state in ("missing", "unknown") for node in nodes):
        return None
    return Chain(tuple(nodes), tuple(edges), p.left_out)


def _line(line: str, links: Links, marks: _Marks, lang: str) -> Node:
    rows = links.lines.get(line, [])
    state, concerned = marks.node(line, "whole" if rows else "missing")
    words = _stated(rows, ("miner_id", "produced_on", "carats", "subprefecture"), lang)
    return Node(f"line:{line}", DIGGING, said("chain", "line", lang, id=line), words, state, concerned)


def _slip(slip: str, links: Links, marks: _Marks, lang: str) -> Node:
    rows = links.slips.get(slip, [])
    if not rows:
        hidden = slip in links.in_quarantine
        state, concerned = marks.node(slip, "unknown" if hidden else "missing")
        words: tuple[str, ...] = (said("chain", "in_quarantine" if hidden else "not_supplied", lang),)
    else:
        state, concerned = marks.node(slip)
        nobody = said("chain", "nobody", lang)
        parties = {side: rows[0][f"{side}_id"] if rows[0][f"{side}_id"] is not None else nobody for side in _SIDES}
        words = (
            *_stated(rows, ("purchase_date", "carats", "origin_subprefecture"), lang),
            said("chain", "parties", lang, **parties),
        )
    stage = RESALE if links.sources.get(slip) else FIRST_SALE
    return Node(f"slip:{slip}", stage, said("chain", "slip", lang, id=slip), words, state, concerned)


_SIDES = ("seller", "buyer")


def _bag(bag: str, links: Links, marks: _Marks, lang: str) -> Node:
    rows = links.bags.get(bag, [])
    state, concerned = marks.node(bag, "whole" if rows else "missing")
    words = _stated(rows, ("departed_on", "from_place", "to_place", "carats"), lang)
    return Node(f"bag:{bag}", RESALE, said("chain", "bag", lang, id=bag), words, state, concerned)


def _gaps(p: Picked, marks: _Marks, lang: str) -> Iterator[Node]:
    """What stands in for the papers that a parcel lacks."""
    for parcel in p.parcels:
        gap = marks.uncovered(parcel)
        if gap:
            words = (amount(gap, "ct", lang),)
            yield Node(f"gap:{parcel}", RESALE, said("chain", "no_paper", lang), words, "missing", concerned=True)


def _parcel(parcel: str, links: Links, marks: _Marks, lang: str) -> Node:
    rows = links.parcels.get(parcel, [])
    state, concerned = marks.node(parcel, "whole" if rows else "missing")
    words = _stated(rows, ("carats", "value_usd"), lang)
    return Node(f"parcel:{parcel}", PARCEL, said("chain", "parcel", lang, id=parcel), words, state, concerned)


def _certificate(number: str, links: Links, marks: _Marks, lang: str) -> Node:
    rows = links.certificates.get(number, [])
    state, concerned = marks.node(number, "whole" if rows else "missing")
    words = list(_stated(rows, ("issue_date", "carats"), lang))
    if rows:
        row = rows[0]
        if row["status"] is not None and row["status"] != "issued":
            words.append(word("certificate_status", row["status"], lang))
        words += [said("chain", "exporter", lang, id=row["exporter_id"])] if row["exporter_id"] is not None else []
        country = row["destination_country"]
        words += [said("chain", "destination", lang, country=country)] if country is not None else []
    title = said("chain", "certificate", lang, id=number)
    return Node(f"certificate:{number}", CERTIFICATE, title, tuple(words), state, concerned)


def _abroad(number: str, links: Links, marks: _Marks, lang: str) -> Iterator[Node]:
    rows = links.confirmations.get(number, [])
    for country in dict.fromkeys(row["importing_country"] for row in rows):
        of_it = [row for row in rows if row["importing_country"] == country]
        state, concerned = marks.node(f"{number}@{country}")
        outcome = of_it[0]["outcome"]
        words = [*_stated(of_it, ("received_on", "carats"), lang)]
        words += [word("import_outcome", outcome, lang)] if outcome is not None else []
        if outcome is not None and outcome != "accepted":
            concerned = True
        if marks.link(number, f"{number}@{country}", "confirmation"):
            state, concerned = "broken", True
        title = said("chain", "confirmation", lang, country=country)
        yield Node(f"confirmation:{number}@{country}", ABROAD, title, tuple(words), state, concerned)
    if not rows:
        awaited = bool(marks.link(number, f"{number}@", "confirmation"))
        yield Node(
            f"confirmation:{number}@", ABROAD, said("chain", "no_confirmation", lang),
            (said("chain", "not_received", lang),), "missing" if awaited else "unknown", awaited,
        )  # fmt: skip


def _edges(p: Picked, links: Links, marks: _Marks, lang: str) -> Iterator[Edge]:
    slips, parcels = set(p.slips), set(p.parcels)
    for slip in p.slips:
        for line in dict.fromkeys(line_id(r["register_number"], r["line_number"]) for r in links.slips.get(slip, [])):
            if line is not None and line in p.lines:
                held: State = "whole" if links.lines.get(line) else "missing"
                yield _edge(f"line:{line}", f"slip:{slip}", marks.link(line, slip, "line_to_slip"), None, held, lang)
    sales = {use: None for slip in p.slips for use in (*links.sources.get(slip, ()), *links.resales.get(slip, ()))}
    for uses in _between(use for use in sales if use.source in slips and use.target in slips):
        rules, held = marks.link(uses[0].source, uses[0].target, "sale"), _held(uses[0].source, links)
        yield _edge(f"slip:{uses[0].source}", f"slip:{uses[0].target}", rules, uses, held, lang)
    into = [use for parcel in p.parcels for use in links.contents.get(parcel, ())]
    into += [use for slip in p.slips for use in links.packed.get(slip, ()) if use.target not in links.contents]
    for uses in _between(use for use in into if use.source in slips and use.target in parcels):
        rules, held = marks.link(uses[0].source, uses[0].target, "parcel"), _held(uses[0].source, links)
        yield _edge(f"slip:{uses[0].source}", f"parcel:{uses[0].target}", rules, uses, held, lang)
    for bag in p.bags:
        for uses in _between(use for use in links.in_bag.get(bag, ()) if use.source in slips):
            rules, held = marks.link(uses[0].source, bag, "bag"), _held(uses[0].source, links)
            yield _edge(f"slip:{uses[0].source}", f"bag:{bag}", rules, uses, held, lang)
    yield from _to_certificates(p, links, marks, lang)


def _to_certificates(p: Picked, links: Links, marks: _Marks, lang: str) -> Iterator[Edge]:
    for parcel in p.parcels:
        gap = marks.uncovered(parcel)
        if gap:
            yield Edge(f"gap:{parcel}", f"parcel:{parcel}", f"{amount(gap, 'ct', lang)} · D-03", "missing")
        number = parcel.partition("/")[0]
        if number in p.certificates:
            weights = [row["carats"] for row in links.parcels.get(parcel, [])]
            uses = [Use(parcel, number, weight) for weight in weights]
            held: State = "whole" if weights and links.certificates.get(number) else "missing"
            rules = marks.link(parcel, number, "certificate")
            yield _edge(f"parcel:{parcel}", f"certificate:{number}", rules, uses, held, lang)
    for number in p.certificates:
        rows = links.confirmations.get(number, [])
        for country in dict.fromkeys(row["importing_country"] for row in rows) or [""]:
            target = f"{number}@{country}"
            rules = marks.link(number, target, "confirmation")
            arrived: State = "whole" if rows else "missing" if rules else "unknown"
            yield _edge(f"certificate:{number}", f"confirmation:{target}", rules, None, arrived, lang)


def _edge(source: str, target: str, rules: tuple[str, ...], uses: Sequence[Use] | None, held: State, lang: str) -> Edge:
    weights = [amount(_decimal(use.carats), "ct", lang) for use in uses or () if use.carats is not None]
    state: State = "broken" if rules and held == "whole" else held
    return Edge(source, target, " · ".join([" + ".join(weights), *rules]).strip(" ·"), state)


def _between(uses: Iterable[Use]) -> list[list[Use]]:
    """Uses of the same two papers together: the same slip may be named twice."""
    found: dict[tuple[str, str], list[Use]] = {}
    for use in uses:
        found.setdefault((use.source, use.target), []).append(use)
    return list(found.values())


def _held(slip: str, links: Links) -> State:
    if links.slips.get(slip):
        return "whole"
    return "unknown" if slip in links.in_quarantine else "missing"


_UNITS = {"carats": "ct", "value_usd": "USD", "issue_date": "date", "purchase_date": "date", "produced_on": "date",
          "received_on": "date", "departed_on": "date"}  # fmt: skip


def _stated(rows: Sequence[Row], names: Iterable[str], lang: str) -> tuple[str, ...]:
    """What the first row states of these fields, in words; several rows of one number are said to be so."""
    if not rows:
        return (said("chain", "not_supplied", lang),)
    words = [_word(rows[0][name], _UNITS.get(name, ""), lang) for name in names if rows[0][name] is not None]
    return (*words, *([said("chain", "rows", lang, n=len(rows))] if len(rows) > 1 else []))


def _word(value: Any, unit: str, lang: str) -> str:
    if unit == "date":
        return shown(value, "date", lang)
    return amount(_decimal(value), unit, lang) if unit else str(value)


def _decimal(hundredths: int) -> Decimal:
    return Decimal(hundredths).scaleb(-2)
