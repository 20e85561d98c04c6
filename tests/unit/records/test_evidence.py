"""What is in force at the end of a day (semantics.md 1, 2, 4, 9 and 10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import pytest

from carmonitor.records import KINDS
from carmonitor.records.evidence import (
    KNOWN_KEY_COLUMNS,
    SOURCE_COLUMNS,
    Evidence,
    assemble,
    empty_frame,
    pack,
    unpack,
)
from carmonitor.records.places import Gazetteer

GAZETTEER = Gazetteer({"berberati": frozenset({"Berbérati"}), "boda": frozenset({"Boda"})})


class Office:
    """Receives sheets one after the other and answers what was in force on a day."""

    def __init__(self) -> None:
        self.sources: list[tuple[object, ...]] = []
        self.rows: dict[int, list[dict[str, object]]] = {}
        self.refused: list[tuple[str, str, str, int]] = []

    def receive(
        self,
        submission: str,
        kind: str,
        *rows: dict[str, object],
        on: str = "2021-04-10",
        sender: str = "SPPK",
        period: str | None = "2021-03",
        columns: tuple[str, ...] | None = None,
        refused: dict[str, str] | None = None,
    ) -> Office:
        """One sheet of a submission; ``refused``: the keys that could be read in a quarantined row of it."""
        source_id = 100 + len(self.sources)
        return_id = f"{sender}@{period or '-'}"
        supplied = columns or tuple(KINDS[kind].model_fields)
        self.sources.append(
            (
                submission,
                len(self.sources),
                sender,
                period,
                return_id,
                pd.Timestamp(on),
                kind,
                "f.csv",
                "",
                supplied,
                int(refused is not None),
            )
        )
        self.rows[source_id] = list(rows)
        self.refused += [(kind, name, value, source_id << 32 | 90) for name, value in (refused or {}).items()]
        return self

    def evidence(self, as_of: str = "2021-07-31") -> Evidence:
        """All that was known at the end of a day."""
        sources = pd.DataFrame(self.sources, columns=SOURCE_COLUMNS, index=range(100, 100 + len(self.sources)))
        return assemble(
            sources.astype({"received_on": "datetime64[us]"})[::-1],  # whatever order they come in
            pd.DataFrame(self.refused, columns=KNOWN_KEY_COLUMNS).astype({"ref": "int64"}),
            self._read,
            GAZETTEER,
            as_of=date.fromisoformat(as_of),
        )

    def _read(self, kind: str, source_ids: Sequence[int]) -> pd.DataFrame:
        parts = [
            pd.DataFrame({**dict.fromkeys(KINDS[kind].model_fields), **row, "ref": source_id << 32 | number}, index=[0])
            for source_id in source_ids
            for number, row in enumerate(self.rows[source_id], start=2)
        ]
        frame = pd.concat(parts, ignore_index=True) if parts else empty_frame(kind)
        return frame.astype({name: t.dtype for name, t in KINDS[kind].field_types().items()} | {"ref": "int64"})


def slips(evidence: Evidence) -> dict[str, int]:
    """Slip number → hundredths of a carat."""
    return dict(zip(evidence["purchase"]["slip_number"], evidence["purchase"]["carats"], strict=True))


def test_a_later_return_supersedes_the_earlier_one_of_its_month() -> None:
    office = Office().receive("S1", "purchase", {"slip_number": "B1", "carats": 100}, {"slip_number": "B2"})
    office.receive("S2", "purchase", {"slip_number": "B1", "carats": 125}, on="2021-05-01")
    assert slips(office.evidence()) == {"B1": 125}


def test_before_the_correction_arrived_the_first_return_was_in_force() -> None:
    office = Office().receive("S1", "purchase", {"slip_number": "B1", "carats": 100})
    office.receive("S2", "purchase", {"slip_number": "B1", "carats": 125}, on="2021-05-01")
    assert slips(office.evidence("2021-04-30")) == {"B1": 100}
    assert slips(office.evidence("2021-05-01")) == {"B1": 125}  # received by the end of that day
    assert slips(office.evidence("2021-04-09")) == {}


def test_the_day_of_receipt_decides_before_the_order_of_ingestion() -> None:
    office = Office().receive("S2", "purchase", {"slip_number": "B1", "carats": 125}, on="2021-05-01")
    office.receive("S1", "purchase", {"slip_number": "B1", "carats": 100}, on="2021-04-10")
    assert slips(office.evidence()) == {"B1": 125}


def test_on_one_day_the_last_to_arrive_wins() -> None:
    office = Office().receive("S1", "purchase", {"slip_number": "B1", "carats": 100})
    office.receive("S2", "purchase", {"slip_number": "B1", "carats": 125})
    assert slips(office.evidence()) == {"B1": 125}


def test_supersession_goes_kind_by_kind() -> None:
    office = (
        Office()
        .receive("S1", "purchase", {"slip_number": "B1"})
        .receive("S1", "shipment", {"certificate_number": "CF1"})
    )
    office.receive("S2", "shipment", {"certificate_number": "CF2"}, on="2021-05-01")
    evidence = office.evidence()
    assert list(slips(evidence)) == ["B1"]
    assert list(evidence["shipment"]["certificate_number"]) == ["CF2"]


@pytest.mark.parametrize("other", [{"sender": "BECDOR"}, {"period": "2021-02"}])
def test_other_senders_and_months_are_left_alone(other: dict[str, str]) -> None:
    office = Office().receive("S1", "purchase", {"slip_number": "B1"}, **other)  # type: ignore[arg-type]
    office.receive("S2", "purchase", {"slip_number": "B2"}, on="2021-05-01")
    assert list(slips(office.evidence())) == ["B1", "B2"]


def test_an_empty_sheet_supersedes_too() -> None:
    office = Office().receive("S1", "purchase", {"slip_number": "B1"}).receive("S2", "purchase", on="2021-05-01")
    evidence = office.evidence()
    assert slips(evidence) == {}
    assert evidence.held("purchase")


def test_all_sheets_of_a_kind_in_one_submission_count() -> None:
    office = Office().receive("S1", "purchase", {"slip_number": "B1"}).receive("S1", "purchase", {"slip_number": "B2"})
    assert list(slips(office.evidence())) == ["B1", "B2"]


def test_differing_rows_with_one_key_are_both_kept() -> None:
    office = Office().receive(
        "S1", "purchase", {"slip_number": "B1", "carats": 100}, {"slip_number": "B1", "carats": 125}
    )
    assert list(office.evidence()["purchase"]["carats"]) == [100, 125]


def confirmation(number: str, country: str = "AE", carats: int = 100) -> dict[str, object]:
    return {"certificate_number": number, "importing_country": country, "carats": carats}


def test_confirmations_accumulate_and_a_later_one_replaces_its_key() -> None:
    office = Office().receive("S1", "import_confirmation", confirmation("CF1"), confirmation("CF2"), period=None)
    office.receive("S2", "import_confirmation", confirmation("CF1", carats=90), period=None, on="2021-05-01")
    office.receive("S3", "import_confirmation", confirmation("CF1", "BE"), period=None, on="2021-05-02")

    frame = office.evidence()["import_confirmation"]

    assert sorted(zip(frame["certificate_number"], frame["importing_country"], frame["carats"], strict=True)) == [
        ("CF1", "AE", 90), ("CF1", "BE", 100), ("CF2", "AE", 100),
    ]  # fmt: skip


def test_all_rows_of_the_latest_submission_that_holds_a_key_stay() -> None:
    """Two differing confirmations of one key in one batch are for M-05 to report, on one sheet or two."""
    office = Office().receive("S1", "import_confirmation", confirmation("CF1", carats=80), period=None)
    office.receive("S2", "import_confirmation", confirmation("CF1", carats=90), period=None, on="2021-05-01")
    office.receive("S2", "import_confirmation", confirmation("CF1", carats=91), period=None, on="2021-05-01")
    assert sorted(office.evidence()["import_confirmation"]["carats"]) == [90, 91]


def test_a_register_row_of_another_key_never_disappears() -> None:
    office = Office().receive("R1", "actor", {"actor_id": "A1", "name": "Old"}, {"actor_id": "A2"}, period=None)
    office.receive("R2", "actor", {"actor_id": "A1", "name": "New"}, period=None, sender="other", on="2021-05-01")
    frame = office.evidence()["actor"]
    assert dict(zip(frame["actor_id"], frame["name"].fillna(""), strict=True)) == {"A1": "New", "A2": ""}


def test_a_new_span_in_a_register_leaves_the_earlier_one_standing() -> None:
    """Registers change by dated rows: a later load closes a span by naming its first day, or adds one."""
    first, second = pd.Timestamp("2003-01-01"), pd.Timestamp("2021-01-01")
    office = Office().receive("R1", "kp_participant", {"country": "GB", "valid_from": first, "part_of": "EU"})
    office.receive("R2", "kp_participant", {"country": "GB", "valid_from": second}, on="2021-05-01")
    assert list(office.evidence()["kp_participant"]["valid_from"]) == [first, second]

    closed = {"country": "GB", "valid_from": first, "part_of": "EU", "valid_to": pd.Timestamp("2020-12-31")}
    frame = office.receive("R3", "kp_participant", closed, on="2021-05-02").evidence()["kp_participant"]
    assert list(frame["valid_to"].dt.strftime("%Y-%m-%d").fillna("open")) == ["open", "2020-12-31"]


def test_a_register_row_without_a_first_day_is_replaced_by_another_without() -> None:
    office = Office().receive("R1", "signatory", {"signatory": "A. Ngbo"}, period=None)
    office.receive("R2", "signatory", {"signatory": "A. Ngbo"}, period=None, on="2021-05-01")
    assert len(office.evidence()["signatory"]) == 1


def test_keys_in_quarantine_are_known_until_the_return_is_corrected() -> None:
    office = Office().receive("S1", "purchase", {"slip_number": "B1"}, refused={"slip_number": "B9"})
    assert office.evidence().in_quarantine("purchase", "slip_number") == {"B9"}
    office.receive("S2", "purchase", {"slip_number": "B9"}, on="2021-05-01")
    assert office.evidence().in_quarantine("purchase", "slip_number") == set()
    assert office.evidence("2021-04-30").in_quarantine("purchase", "slip_number") == {"B9"}


REFUSED = {"certificate_number": "CF1", "importing_country": "AE"}


def test_a_confirmation_in_quarantine_is_put_right_by_a_later_one_with_its_keys() -> None:
    office = Office().receive("S1", "import_confirmation", period=None, refused=REFUSED)
    office.receive("S2", "import_confirmation", confirmation("CF1", "BE"), period=None, on="2021-05-01")
    assert office.evidence().in_quarantine("import_confirmation", "certificate_number") == {"CF1"}
    office.receive("S3", "import_confirmation", confirmation("CF1"), period=None, on="2021-05-02")
    assert office.evidence().in_quarantine("import_confirmation", "certificate_number") == set()


def test_a_row_in_quarantine_is_not_put_right_by_its_own_submission() -> None:
    office = Office().receive("S1", "import_confirmation", confirmation("CF1"), period=None, refused=REFUSED)
    office.receive("S2", "import_confirmation", confirmation("CF2"), period=None, on="2021-05-01")
    assert office.evidence().in_quarantine("import_confirmation", "certificate_number") == {"CF1"}


def test_an_older_confirmation_does_not_put_a_later_quarantined_one_right() -> None:
    office = Office().receive("S1", "import_confirmation", confirmation("CF1"), period=None)
    office.receive("S2", "import_confirmation", period=None, refused=REFUSED, on="2021-05-01")
    assert office.evidence().in_quarantine("import_confirmation", "certificate_number") == {"CF1"}


def test_a_quarantined_row_counts_by_the_keys_that_could_be_read() -> None:
    office = Office().receive("S1", "import_confirmation", period=None, refused={"certificate_number": "CF1"})
    office.receive("S1", "stock_declaration", period=None, refused={"actor_id": "A1", "as_of": "2021-01-31"})
    assert not office.evidence().known_keys.empty
    office.receive("S2", "import_confirmation", confirmation("CF1", "BE"), period=None, on="2021-05-01")
    stock = {"actor_id": "A1", "as_of": pd.Timestamp("2021-01-31"), "carats": 5}
    office.receive("S2", "stock_declaration", stock, period=None, on="2021-05-01")
    assert office.evidence().known_keys.empty


def test_absent_is_not_empty_and_is_judged_return_by_return() -> None:
    office = Office().receive("S1", "purchase", columns=("slip_number", "carats"))
    office.receive("S2", "purchase", {"slip_number": "B1"}, period="2021-02", columns=("slip_number",))
    evidence = office.evidence()
    returns = pd.Series(["SPPK@2021-03", "SPPK@2021-02", "SPPK@2021-01"])
    assert list(evidence.supplied("purchase", "slip_number", returns)) == [True, True, False]
    assert list(evidence.supplied("purchase", "carats", returns)) == [True, False, False]
    assert evidence.held("purchase")
    assert not evidence.held("shipment")


def test_places_keep_their_text_and_get_their_name() -> None:
    office = Office().receive(
        "S1",
        "purchase",
        {"slip_number": "B1", "origin_subprefecture": "BERBERATI"},
        {"slip_number": "B2", "origin_subprefecture": "Atlantis"},
        {"slip_number": "B3"},
    )
    frame = office.evidence()["purchase"]
    assert list(frame["origin_subprefecture"].fillna("-")) == ["BERBERATI", "Atlantis", "-"]
    assert list(frame["origin_subprefecture_resolved"].fillna("-")) == ["Berbérati", "-", "-"]


def test_the_day_a_return_first_arrived_outlives_its_correction() -> None:
    office = Office().receive("S1", "purchase", {"slip_number": "B1"})
    office.receive("S2", "purchase", {"slip_number": "B1"}, on="2021-05-01")
    sources = office.evidence().sources
    assert list(sources["received_on"]) == [pd.Timestamp("2021-05-01")]
    assert list(sources["first_received_on"]) == [pd.Timestamp("2021-04-10")]


def test_a_register_of_the_same_sender_and_month_is_not_the_return() -> None:
    office = Office().receive("R1", "actor", {"actor_id": "A1"}, on="2021-04-02")
    office.receive("S1", "purchase", {"slip_number": "B1"}, on="2021-05-20")
    sources = office.evidence().sources.set_index("kind")
    assert sources.loc["purchase", "first_received_on"] == pd.Timestamp("2021-05-20")


def test_every_row_says_where_it_stands() -> None:
    evidence = Office().receive("S1", "purchase", {"slip_number": "B1"}, {"slip_number": "B2"}).evidence()
    assert [unpack(int(ref)) for ref in evidence["purchase"]["ref"]] == [(100, 2), (100, 3)]
    assert list(evidence["purchase"]["return_id"]) == ["SPPK@2021-03"] * 2
    assert set(evidence.sources.index) == {100}


@pytest.mark.parametrize("source_id", [1, 100, 2**31 - 1])
def test_references_hold_the_largest_row(source_id: int) -> None:
    ref = pack(source_id, pd.Series([1, 2**31 - 1]))
    assert [unpack(int(r)) for r in ref] == [(source_id, 1), (source_id, 2**31 - 1)]


def test_nothing_held_is_27_empty_frames() -> None:
    evidence = Office().evidence()
    for kind in KINDS:
        assert evidence[kind].empty
        types = {name: t.dtype for name, t in KINDS[kind].field_types().items()} | {"ref": "int64", "return_id": "str"}
        assert {name: str(evidence[kind].dtypes[name]) for name in types} == types
    assert evidence.known_keys.empty


def test_the_digest_depends_on_what_is_in_force_and_nothing_else() -> None:
    first = Office().receive("S1", "purchase", {"slip_number": "B1"})
    digest = first.evidence().digest
    assert digest == Office().receive("S1", "purchase", {"slip_number": "B1"}).evidence().digest
    assert digest != first.evidence("2021-07-30").digest
    assert digest != first.receive("S2", "purchase", on="2021-05-01").evidence().digest


def test_two_answers_of_one_day_in_another_order_are_another_evidence() -> None:
    """The later one is in force, so the order decides results; that of two months' returns decides nothing."""

    def office(*answers: str) -> Office:
        made = Office()
        for name in answers:
            made.receive(name, "import_confirmation", {"certificate_number": "CF1", "importing_country": "AE"})
        return made

    assert office("S1", "S2").evidence().digest != office("S2", "S1").evidence().digest
    months = [
        Office().receive(a, "purchase", period=b).receive(c, "purchase", period=d)
        for a, b, c, d in (("S1", "2021-02", "S2", "2021-03"), ("S2", "2021-03", "S1", "2021-02"))
    ]
    assert months[0].evidence().digest == months[1].evidence().digest
