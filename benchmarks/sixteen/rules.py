"""The sixteen rules in words, and their limits. Every engine says the same; ``side_by_side`` asserts it.

They are row-shaped versions of rules of the rulebook, chosen because the other engines can express them: one table of
purchase slips and two small ones (days of receipt, zones). The rulebook's own rules follow papers across kinds,
returns, quarantine and registers, which none of the other engines has a word for. A null input makes a row not
evaluable, never flagged. The subject is the slip number: a number with a flagged row is breached, else not evaluated if
any of its rows could not be checked. No certificate hangs on these slips, so that no coverage by shipment is compared.

R01  the seller is stated: number or name                                   (D-04)
R02  carats are stated                                                      (D-04)
R03  the price is stated                                                    (D-04)
R04  the origin is stated                                                   (D-04)
R05  carats are more than 0 and at most MOST_CARATS                         (detector of sizes)
R06  XAF per carat are between LEAST_PRICE and MOST_PRICE                   (detector of prices)
R07  the slip number has the printed form                                   (L-06)
R08  bought within the monitored span                                       (T-01)
R09  bought on or before the day on which the return was received           (T rules)
R10  from LICENCE_FORM_FROM on, the buyer's licence has the expected form   (A rules; a rule with a span)
R11  the origin was a compliant zone on the day of purchase                 (Z-01; a dated register)
R12  buyer and seller are two                                               (A rules)
A01  a slip number is used once                                             (C-02)
A02  the rows of a slip number name one seller                              (D-05)
A03  the carats that a buyer buys in a month are at most MOST_PER_MONTH     (detector of jumps)
A04  the carats that a seller sells in a quarter are at most MOST_PER_QUARTER   (F09)

Carats are whole hundredths everywhere, so that sums are exact. A03 and A04 flag every slip of the month or quarter;
slips without a name, day or weight are left out of the sum and are not evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

ROW_RULES = {  # rule → the column that decides, where one does
    "R01": "", "R02": "carats", "R03": "price_xaf", "R04": "origin_subprefecture", "R05": "carats", "R06": "",
    "R07": "slip_number", "R08": "purchase_date", "R09": "", "R10": "buyer_licence", "R11": "", "R12": "",
}  # fmt: skip
AGGREGATE_RULES = ("A01", "A02", "A03", "A04")
RULES = (*ROW_RULES, *AGGREGATE_RULES)

MOST_CARATS = 50_000  # hundredths: 500 ct
LEAST_PRICE, MOST_PRICE = 5_000, 500_000  # XAF per carat
SLIP_FORM = "[A-Z]{2}-[0-9]{7}"
LICENCE_FORM = "L-[A-Z]{2,3}-[0-9]{5}"
LICENCE_FORM_FROM = date(2021, 7, 1)
MONITORED = (date(2021, 1, 1), date(2021, 12, 31))  # both inclusive
MOST_PER_MONTH = 100_000  # hundredths: 1,000 ct
MOST_PER_QUARTER = 60_000  # hundredths: 600 ct


@dataclass(frozen=True)
class Counts:
    """Distinct slip numbers of a rule. ``reasons``: why some were not evaluated; None where the engine cannot say."""

    passed: int
    breached: int
    not_evaluated: int
    reasons: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Flagged:
    """What an engine found. ``rows``: rule → the flagged rows, ascending; ``counts``: None where it counts nothing."""

    rows: Mapping[str, np.ndarray]
    counts: Mapping[str, Counts] | None = None
