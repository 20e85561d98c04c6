"""Several worlds of one: ``python -m benchmarks.region WORLD COPIES OUT``. Synthetic.

Makes a region of senders out of a world that ``carmonitor simulate`` wrote: each copy has papers and actors of its own
(a letter behind the first letters of every number, a digit in certificate numbers) and a sender of its own; mine sites
and places are shared. Photographs and other attachments are left out, and with them the rows that name them.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

NUMBERS = {
    "certificate_number", "replaces_certificate", "slip_number", "source_slip_number", "booklet_number", "first_slip",
    "last_slip", "holder_id", "buyer_id", "buyer_licence", "seller_id", "seller_licence", "register_number", "miner_id",
    "licence_number", "exporter_id", "sheet_number", "bag_seal", "seal_number", "actor_id", "subject_id",
    "valuation_number", "audit_reference", "first_number", "last_number", "confirmed_actor_id",
}  # fmt: skip
LEFT_OUT = {"document.csv"}
SHARED = {
    "mine_site.csv", "security_event.csv", "exchange_rate.csv", "committee_meeting.csv", "signatory.csv",
    "filing.csv", "official_total.csv", "watchlist_entry.csv",
}  # fmt: skip


def renamed(numbers: pa.Array, copy: int) -> pa.Array:
    """The numbers as they are in a copy: ``B0105105`` → ``BD0105105``, ``CF0002013`` → ``CF3002013`` (copy 3)."""
    certificates = pc.match_substring_regex(numbers, r"^CF\d")
    as_certificates = pc.replace_substring_regex(numbers, r"^CF\d", f"CF{copy}")
    others = pc.replace_substring_regex(numbers, r"^([A-Z]+)", rf"\1{chr(ord('A') + copy)}")
    return pc.if_else(certificates, as_certificates, others)


def _copy_table(source: Path, target: Path, copy: int) -> None:
    with source.open(encoding="utf-8") as file:
        names = file.readline().strip().split(",")
    convert = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
    table = csv.read_csv(source, convert_options=convert)
    for name in set(names) & NUMBERS:
        table = table.set_column(names.index(name), name, renamed(table[name].combine_chunks(), copy))
    if "sender" in names and copy:
        sender = pc.binary_join_element_wise(table["sender"], str(copy), "")
        table = table.set_column(names.index("sender"), "sender", sender)
    csv.write_csv(table, target, csv.WriteOptions(quoting_style="needed"))


def _copy_folder(source: Path, target: Path, copy: int, *, own_sender: bool) -> None:
    target.mkdir(parents=True)
    for file in sorted(source.iterdir()):
        if file.name in LEFT_OUT or file.is_dir() or (copy and file.name in SHARED):
            continue
        if file.suffix == ".csv":
            _copy_table(file, target / file.name, copy)
        else:
            text = file.read_text(encoding="utf-8")
            changed = text.replace("sender: SPPK", f"sender: SPPK{copy}") if own_sender and copy else text
            (target / file.name).write_text(changed, encoding="utf-8")
    if not any(file.suffix == ".csv" for file in target.iterdir()):
        shutil.rmtree(target)


def main() -> None:
    """Write the region."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path)
    parser.add_argument("copies", type=int, choices=range(1, 11))
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    for copy in range(arguments.copies):
        for folder in sorted(arguments.world.glob("registers/*")):
            _copy_folder(folder, arguments.out / "registers" / f"{folder.name}-{copy}", copy, own_sender=False)
        for folder in sorted(arguments.world.glob("inbox/*")):
            if folder.name == "confirmations":
                for each in sorted(folder.iterdir()):
                    target = arguments.out / "inbox" / f"confirmations-{copy}" / each.name
                    _copy_folder(each, target, copy, own_sender=False)
            else:
                _copy_folder(folder, arguments.out / "inbox" / f"{folder.name}-{copy}", copy, own_sender=True)


if __name__ == "__main__":
    main()
