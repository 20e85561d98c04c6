"""What differs between two rulebooks, field by field."""

import pytest

from carmonitor.catalogues import Catalogue, packaged, with_rulebook
from carmonitor.evaluation.rulebooks import FieldChange, differences

OURS = packaged()


def edited(file: str, old: str, new: str) -> Catalogue:
    """The packaged catalogue with one file changed."""
    path = file if file in OURS.files else f"rulebook/{file}"
    text = OURS.files[path].decode()
    assert old in text
    return Catalogue.of({**OURS.files, path: text.replace(old, new, 1).encode()}, "edited", "folder", strict=False)


def test_a_catalogue_does_not_differ_from_itself() -> None:
    assert differences(OURS, packaged()) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "what", "name", "change"),
    [
        ("M.yaml", 'value: "0.1"', 'value: "2"', "rule", "M-06",
         FieldChange("parameters.tolerance_percent.values", "'0.1'", "'2'")),
        ("A.yaml", "{value: 14, to: 2018-11-01}", "{value: 14, to: 2018-06-01}", "rule", "A-03",
         FieldChange("parameters.answer_days.values", "14 (to 2018-11-01), 7 (from 2018-11-01)",
                     "14 (to 2018-06-01), 7 (from 2018-11-01)")),
        ("T.yaml", "    severity: E\n", "    severity: E\n    status: shadow\n", "rule", "T-01",
         FieldChange("status", None, "shadow")),
        ("Z.yaml", "    from: 2016-05-01\n", "", "rule", "Z-01", FieldChange("from", "2016-05-01", None)),
        ("Z.yaml", "certainty: P+S", "certainty: P", "rule", "Z-01", FieldChange("certainty", "P+S", "P")),
        ("M.yaml", "{country} refused the goods", "{country} sent back the goods", "rule", "M-04",
         FieldChange("message.refused.en", "{country} refused the goods of certificate {subject_id}.",
                     "{country} sent back the goods of certificate {subject_id}.")),
        ("detectors.yaml", "value: 0.05", "value: 0.1", "detector", "F14",
         FieldChange("parameters.least_iqr.values", "0.05", "0.1")),
        ("regimes.yaml", "to: 2013-05-23", "to: 2013-05-24", "regime", "KPCS",
         FieldChange("to", "2013-05-23", "2013-05-24")),
        ("regimes.yaml", "from: 2020-11-22", "from: 2020-11-23", "caveat", "no_formal_extension",
         FieldChange("from", "2020-11-22", "2020-11-23")),
        ("reasons.yaml", "the year is not complete", "the year is open", "reason", "year_open",
         FieldChange("en", "the year is not complete", "the year is open")),
    ],
)  # fmt: skip
def test_each_field_is_told_with_old_and_new_value(file, old, new, what, name, change) -> None:
    (found,) = differences(OURS, edited(file, old, new))
    assert (found.what, found.id, found.kind, found.changes) == (what, name, "changed", (change,))
    (back,) = differences(edited(file, old, new), OURS)
    assert back.changes == (FieldChange(change.field, change.new, change.old),)


def test_a_rule_that_comes_or_goes() -> None:
    rulebook = {n.removeprefix("rulebook/"): c for n, c in OURS.files.items() if n.startswith("rulebook/")}
    del rulebook["D.yaml"]
    fewer = Catalogue.of(with_rulebook(OURS.files, rulebook), "fewer", "folder", strict=False)
    gone = {(d.what, d.id, d.kind) for d in differences(OURS, fewer)}
    assert ("rule", "D-03", "removed") in gone
    assert ("rule", "D-03", "added") in {(d.what, d.id, d.kind) for d in differences(fewer, OURS)}


def test_a_comment_alone_is_another_file_and_no_other_rule() -> None:
    (found,) = differences(OURS, edited("T.yaml", "# T:", "# Here is T:"))
    assert (found.what, found.id, found.kind) == ("file", "rulebook/T.yaml", "changed")


def test_places_and_seeds_are_told_as_files() -> None:
    (found,) = differences(OURS, edited("seeds/zone.csv", "\n", "\r\n"))
    assert (found.what, found.id, found.kind) == ("file", "seeds/zone.csv", "changed")
