"""What we write to a CSV can run as no formula, and our own reader gives back what was written."""

from __future__ import annotations

import csv
import io
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.dossier.export import guarded
from carmonitor.intake.delimited import read_delimited

UNSEEN = [
    chr(c)
    for c in range(1, sys.maxunicode + 1)  # no file of ours holds NUL: quarantine writes it out
    if unicodedata.category(chr(c)) in ("Cc", "Cf", "Zl", "Zp", "Zs")
]
SIGNS = ["=", "+", "-", "@", "\t", "\r", "'", '"', ",", ";", "\n"]


def back(texts: list[str]) -> list[str | None]:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(["certificate_number", "exporter_name"])
    writer.writerows(["CF1", guarded(text)] for text in texts)
    rows = read_delimited("shipment.csv", written.getvalue().encode()).rows
    return [row[1] for row in list(rows)[1:]]


def test_every_character_that_nobody_sees_comes_back() -> None:
    texts = [text for c in UNSEEN for text in (f"a{c}b", f"{c}=1", f"={c}1")]
    assert len(UNSEEN) > 200
    assert back(texts) == texts


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", ["", "'", "''", "'''"])
def test_apostrophes_before_a_sign_are_kept(before: str, sign: str) -> None:
    text = f"{before}{sign}cmd|' /C calc'!A0"
    assert back([text]) == [text]
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(
    st.lists(
        st.text(st.sampled_from([*SIGNS, *UNSEEN[:80], "a", "é", "\u202e", "\u2066", "<", "&"]), min_size=1, max_size=8)
    )
)
def test_whatever_is_written_is_read_back(texts: list[str]) -> None:
    assert back(texts) == texts
