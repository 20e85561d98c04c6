"""``python -m tools.make_sample [--out sample_data]``: writes the sample again, byte for byte."""

from __future__ import annotations

import argparse
import copy
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from tools.make_sample import (
    bad_rows,
    cells,
    confirmations,
    events,
    expected,
    faults,
    labels,
    paper_faults,
    registers,
    tables,
)
from tools.make_sample.cases import documented_cases
from tools.make_sample.chain import make_chain
from tools.make_sample.common import SEED, Row, Tables, write
from tools.make_sample.people import make_people
from tools.make_sample.plan import CORRECTED_ON, MONTHS, SENDER, SUBMITTED
from tools.make_sample.workbook import french_workbook

ENGLISH = "2021-05"  # the month that arrives as English CSVs
TWIN = "2021-02"  # the month that exists in both languages


@dataclass(frozen=True)
class Sample:
    """The whole sample. ``months``: as first sent; ``corrected``: March as sent again; ``told``: bad rows."""

    months: dict[str, Tables]
    corrected: Tables
    files: dict[str, dict[str, bytes]]
    answers: list[Row]
    registers: dict[str, list[Row]]
    expected: list[faults.Expected]
    told: list[tuple[str, str, str, str]]


def main() -> None:
    """Write everything below ``--out``; what stood there is removed first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("sample_data"))
    out = parser.parse_args().out
    for folder in ("inbox", "english_twin", "registers", "documented_cases"):
        shutil.rmtree(out / folder, ignore_errors=True)

    sample = make()
    _returns(out / "inbox", sample)
    _english(out / "english_twin" / TWIN, sample.months[TWIN], sample.files[TWIN], TWIN)
    for country, quarter, sent, name, content in confirmations.files(sample.answers):
        folder = out / "inbox" / "confirmations" / country / quarter
        write(folder / name, content)
        _submission(folder, country, None, sent)
    for kind, rows in sample.registers.items():
        write(out / "registers" / f"{kind}.csv", registers.register_csv(kind, rows))
    _submission(out / "registers", "registers", None, date(2020, 12, 15))
    documented_cases(out / "documented_cases")
    expected.write_expected(out, sample.expected, sample.told)


def make() -> Sample:
    """Everything, before it is written."""
    rng = Random(SEED)
    chain = make_chain(rng, make_people(rng))
    found = [*faults.slip_faults(chain), *paper_faults.chain_faults(chain)]
    months, files = tables.make_tables(rng, chain)
    found += [*faults.certificate_faults(months, files), *paper_faults.row_faults(months, files)]
    for period in MONTHS:
        tables.declare(period, months[period])
    corrected = months["2021-03"]
    months["2021-03"] = copy.deepcopy(corrected)
    found += faults.march_faults(months["2021-03"])
    told = bad_rows.spoil(months) + bad_rows.spoil_march(months["2021-03"], corrected)
    answers = confirmations.make_confirmations(rng, chain)
    found += confirmations.confirmation_faults(answers)
    loaded = dict(registers.registers(chain))
    slips = {period: month["purchase"] for period, month in (months | {"2021-03": corrected}).items()}
    found += events.event_leads(slips, loaded["mine_site"], loaded["security_event"])
    return Sample(months, corrected, files, answers, loaded, found, told)


def _returns(inbox: Path, sample: Sample) -> None:
    months, files, corrected = sample.months, sample.files, sample.corrected
    for period in MONTHS:
        if period == ENGLISH:
            _english(inbox / period, months[period], files[period], period)
            continue
        write(inbox / period / f"retour_{period}.xlsx", french_workbook(period, months[period]))
        _papers(inbox / period, files[period])
        _submission(inbox / period, SENDER, period, SUBMITTED[period])
    folder = inbox / "2021-03-correction"
    write(folder / "retour_2021-03_corrigé.xlsx", french_workbook("2021-03", corrected))
    _papers(folder, files["2021-03"])
    _submission(folder, SENDER, "2021-03", CORRECTED_ON)


def _english(folder: Path, month: Tables, papers: dict[str, bytes], period: str) -> None:
    for kind, rows in month.items():
        text = cells.csv_text(rows, list(labels.FRENCH[kind]))
        write(folder / f"{kind}.csv", b"\xef\xbb\xbf" + text.encode())
    _papers(folder, papers)
    _submission(folder, SENDER, period, SUBMITTED[period])


def _papers(folder: Path, papers: dict[str, bytes]) -> None:
    for name, content in papers.items():
        write(folder / "docs" / name, content)


def _submission(folder: Path, sender: str, period: str | None, received_on: date) -> None:
    lines = [f"sender: {sender}", *([f'period: "{period}"'] if period else []), f"received_on: {received_on}"]
    write(folder / "submission.yaml", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
