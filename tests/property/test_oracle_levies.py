"""L-04 and L-05 against plain Python: sums, shares and what is said where an input lacks, on many small batches."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.evidence_builder import evidence
from tests.unit.framework.rule_cases import outcome_of

MONTHS = ["2020-12", "2021-01", "2021-02", "2021-03", "2021-04"]
QUARTERS = {"2020-Q4": ("2020-10", "2020-11", "2020-12"), "2021-Q1": ("2021-01", "2021-02", "2021-03"),
            "2021-Q2": ("2021-04", "2021-05", "2021-06")}  # fmt: skip
FIRST_AND_LAST = {"2020-Q4": ("2020-10-01", "2020-12-31"), "2021-Q1": ("2021-01-01", "2021-03-31"),
                  "2021-Q2": ("2021-04-01", "2021-06-30")}  # fmt: skip
DAYS = ["2020-12-31", "2021-01-01", "2021-02-15", "2021-02-15", "2021-03-31", "2021-04-01", None]
TEAM = {"return_id": "team@-"}
VALUES = ["3000000.00", "2999999.99", "1499999.99", "1500000.00", "1500000.01", "0.10", "0.20", None]
LEVIES = [0, 329999, 330000, 343750, 357500, 357501, 206249, 206250, 220000, 233750, 233751, 275000, None]
RATES = [("2021", "550", "N"), ("2021-02", "550.000001", "S"), ("2021-02-15", "549.999999", "P"), ("2019", "550", None)]
seen: Counter[str] = Counter()


def quarter(day):
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


certificates = st.lists(
    st.fixed_dictionaries(
        {
            "certificate_number": st.sampled_from(["CF1", "CF2", "CF3", "CF4"]),
            "issue_date": st.sampled_from(DAYS),
            "exporter_id": st.sampled_from(["BA-1", "BA-1", "BA-1", "BA-2", "MC-1", "X-1", None]),
            "value_usd": st.sampled_from(VALUES),
            "status": st.sampled_from(["issued", "issued", "issued", None, "void", "replaced"]),
            "return_id": st.sampled_from([f"SPPK@{month}" for month in MONTHS[1:]]),
        }
    ),
    min_size=1,
    max_size=5,
)
licences = st.lists(
    st.fixed_dictionaries(
        {
            "licence_number": st.sampled_from(["L1", "L2"]),
            "actor_id": st.sampled_from(["BA-1", "BA-2", "MC-1"]),
            "valid_from": st.sampled_from([None, "2020-01-01", "2021-01-01", "2021-01-02", "2021-03-01"]),
            "valid_to": st.sampled_from([None, "2021-02-27", "2021-02-28", "2021-03-30", "2021-03-31"]),
            "return_id": st.just("team@-"),
        }
    ),
    max_size=3,
)


def covered_days(rows, first, last):
    from datetime import date, timedelta

    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        text = day.isoformat()
        if not any((r["valid_from"] or "0") <= text <= (r["valid_to"] or "9") for r in rows):
            return False
        day += timedelta(days=1)
    return True


def minimum_export(batch, register, licences, months, hidden, as_of):
    """What L-04 must say: subjects that fire, and (reason, subject) of those not evaluated."""
    issued = [c for c in batch if c["status"] in ("issued", None)]
    home = {id(c): quarter(c["issue_date"] or c["return_id"][5:] + "-01") for c in issued}
    held = {c["return_id"][5:] for c in batch} | set(months) | {hidden} - {None}
    touched = {quarter(c["issue_date"]) for c in issued if c["issue_date"]} | {quarter(m + "-01") for m in held}
    judged = [q for q in QUARTERS if min(touched) <= q <= max(touched)]
    houses = {a["actor_id"] for a in register if a["kind"] == "buying_house"}
    others = {a["actor_id"] for a in register if a["kind"] not in (None, "buying_house")} - houses
    fires, missing = set(), set()
    for q in judged:
        exporters = {c["exporter_id"] for c in issued if c["issue_date"] and c["exporter_id"] and home[id(c)] == q}
        idle = {
            h for h in houses - exporters
            if licences is None or covered_days([r for r in licences if r["actor_id"] == h], *FIRST_AND_LAST[q])
        }  # fmt: skip
        for exporter in (exporters - others) | idle:
            mine = [c for c in issued if c["exporter_id"] == exporter and c["issue_date"] and home[id(c)] == q]
            by_number = {}
            for c in mine:
                by_number.setdefault(c["certificate_number"], []).append(c["value_usd"])
            known = {n: [Decimal(v) for v in values if v] for n, values in by_number.items()}
            total = sum((max(values) for values in known.values() if values), Decimal(0))
            if total >= Decimal(3_000_000):
                continue
            subject = f"{exporter}@{q}"
            lacks = next((m for m in QUARTERS[q] if m not in held), None)
            same = [c for c in issued if home[id(c)] == q]
            whys = (
                (exporter not in {a["actor_id"] for a in register}, "unknown_actor:exporter_id"),
                (exporter not in houses, "blank:kind"),
                (not mine and licences is None, "never_loaded:licence"),
                (FIRST_AND_LAST[q][1] > as_of, "quarter_open"),
                (lacks, f"return_not_held:{lacks}"),
                (hidden and quarter(hidden + "-01") == q, "in_quarantine:shipment"),
                (any(c["exporter_id"] is None for c in same), "blank:exporter_id"),
                (any(c["exporter_id"] == exporter and not c["issue_date"] for c in same), "blank:issue_date"),
                (any(not values for values in known.values()), "blank:value_usd"),
            )
            why = next((reason for holds, reason in whys if holds), None)
            (fires if why is None else missing).add(subject if why is None else (why, subject))
    return fires, missing


def said(rule_id, given_evidence):
    findings = outcome_of(rule_id, given_evidence).findings
    fires = {(f.subject_id, f.part, f.outcome, f.severity) for f in findings if f.outcome != "not_evaluated"}
    missing = {(f.reason, s) for f in findings if f.outcome == "not_evaluated" for s in f.evidence["subjects"]}
    return fires, missing


@settings(max_examples=1000, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    certificates,
    st.none() | licences,
    st.sampled_from(["buying_house", "buying_house", "buying_house", None]),
    st.sampled_from([MONTHS[1:4], MONTHS[1:4], MONTHS[1:4], MONTHS[1:3], []]),
    st.sampled_from([None, None, None, "2021-02"]),
    st.sampled_from(["2021-07-31", "2021-07-31", "2021-03-31", "2021-03-30"]),
)
def sums(batch, held_licences, kind, months, hidden, as_of):
    register = [{"actor_id": "BA-1", "kind": "buying_house"}, {"actor_id": "BA-2", "kind": kind},
                {"actor_id": "MC-1", "kind": "mining_company"}]  # fmt: skip
    kinds = {} if held_licences is None else {"licence": held_licences}
    told = [{"certificate_number": f"V{m}", "status": "void", "return_id": f"SPPK@{m}"} for m in months]
    e = evidence(
        as_of, shipment=[*batch, *told], actor=[{**a, **TEAM} for a in register],
        known_keys=[("shipment", "certificate_number", "CF9", f"SPPK@{hidden}")] if hidden else [], **kinds,
    )  # fmt: skip
    wanted, missing = minimum_export(batch, register, held_licences, months, hidden, as_of)
    assert said("L-04", e) == ({(s, "", "lead", "I") for s in wanted}, missing)
    seen.update({"L-04 fires": len(wanted), **{f"L-04 {why.partition(':')[0]}": 1 for why, _ in missing}})
    seen["L-04 silent"] += not wanted and not missing


def levy(c, rates):
    """What L-05 must say of one certificate: a part that fires, or a reason, or neither."""
    for field in ("levy_xaf", "value_usd", "issue_date"):
        if c[field] is None:
            return None, f"blank:{field}"
    if Decimal(c["value_usd"]) == 0:
        return None, "zero:value_usd"
    if rates is None:
        return None, "never_loaded:exchange_rate"
    day = c["issue_date"]
    rate = next((r for period in (day, day[:7], day[:4]) for p, r, _ in rates if p == period), None)
    if rate is None:
        return None, "not_held:exchange_rate"
    percent = Fraction(c["levy_xaf"]) * 100 / (Fraction(c["value_usd"]) * Fraction(rate))
    second = day >= "2019-12-01"
    near = [Fraction(25, 4), *([Fraction(4)] if second else [])]
    off = all(abs(percent - n) > Fraction(1, 4) for n in near)
    return ("either_rate" if second else "one_rate") if off else "", None


@settings(max_examples=1000, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2019-11-30", "2019-12-01", "2021-02-14", "2021-02-15", "2021-03-01", "2020-05-01", None]),
            st.sampled_from(LEVIES),
            st.sampled_from(["10000.00"] * 5 + ["10000.01", "9999.99", "0.00", None]),
            st.sampled_from(["issued", "issued", "issued", "void"]),
        ),
        min_size=1,
        max_size=5,
    ),
    st.none() | st.lists(st.sampled_from(RATES), min_size=1, unique=True) | st.just(RATES),
)
def shares(rows, rates):
    names = ("issue_date", "levy_xaf", "value_usd", "status")
    batch = [{"certificate_number": f"CF{n}", **dict(zip(names, row, strict=True))} for n, row in enumerate(rows)]
    register = [
        {"currency": "USD", "period": period, "xaf_per_unit": rate, "certainty": mark, **TEAM}
        for period, rate, mark in rates or ()
    ]
    kinds = {} if rates is None else {"exchange_rate": register}
    fires, missing = set(), set()
    for c in batch:
        if c["status"] == "issued":
            part, why = levy(c, rates)
            fires |= {(c["certificate_number"], part, "breach", "I")} if part else set()
            missing |= {(why, c["certificate_number"])} if why else set()
            seen[f"L-05 {'fires' if part else why.partition(':')[0] if why else 'silent'}"] += 1
    assert said("L-05", evidence(shipment=batch, **kinds)) == (fires, missing)


def test_the_engine_agrees_with_the_oracles():
    sums()
    shares()
    for rule_id, reasons in (
        ("L-04", ["quarter_open", "return_not_held", "in_quarantine", "unknown_actor", "never_loaded", "blank"]),
        ("L-05", ["blank", "zero", "never_loaded", "not_held"]),
    ):
        for told in ("fires", "silent", *reasons):
            assert seen[f"{rule_id} {told}"] >= 20, (rule_id, told, seen)
