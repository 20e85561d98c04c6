"""F27: one photograph lodged with several certificates (the KP asks for photographs of every parcel).

The same file is told by its SHA-256, the same picture saved anew by its perceptual hash (see intake/pictures.py): the
number of the 64 bits in which two differ.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, issued, quarantined, reasons, unsupplied
from carmonitor.records.evidence import Evidence

BITS = 64
_CHUNK = 512  # pictures compared with all others at a time
SHOWN = ["file_name", "other_file", "other_certificate", "differing_bits", "certificates"]


@detector(
    "F27", file_name="text", other_file="text", other_certificate="text", differing_bits="count", certificates="count"
)
def reused_photograph(e: Evidence, p: Params) -> pd.DataFrame:
    """Certificates with a photograph that had already been lodged with another certificate.

    Subject: certificate (issued ones; a void or replaced certificate hands its papers on); day: its issue date. Parts:
    ``same_file`` (equal SHA-256) and ``same_picture`` (perceptual hashes that differ in at most ``most_bits`` of 64).
    Of two certificates the later one is told (by issue date, then number), against the earliest it shares a picture
    with. ``certificates``: how many share it. Score: 64 less the differing bits, plus log of ``certificates``.

    Not evaluated: a certificate without photographs (not supplied, none held, row in quarantine), or with one that
    bears neither hash. Several pictures of one certificate are compared with nobody's but other certificates'.
    """
    c = issued(e).drop_duplicates("certificate_number").sort_values(["issue_date", "certificate_number"])
    c = c.reset_index(drop=True)
    pictures = _pictures(e, c)
    best = _matches(pictures, int(p["most_bits"]))
    number = c["certificate_number"]
    hit = best.reindex(range(len(c)))
    found = hit["bits"].notna()
    mine = pictures.groupby("at")
    unhashed = mine["blank"].any().reindex(range(len(c)), fill_value=False).to_numpy("bool")
    none = ~pd.Series(range(len(c))).isin(pictures["at"])
    missing = reasons(
        c.index,
        (found, ""),
        (quarantined(e, "document", "certificate_number", number, c["return_id"]), "in_quarantine:document"),
        (none & unsupplied(e, c["return_id"], "document", "kind"), "not_supplied:document"),
        (none, "not_held:document"),
        (pd.Series(unhashed, index=c.index), "blank:sha256"),
    )
    same_file = hit["same_file"].fillna(False).astype(bool)
    return checked(
        number,
        c["issue_date"],
        found,
        missing,
        part=pd.Series("same_picture", index=c.index, dtype="str").mask(same_file, "same_file"),
        score=(BITS - hit["bits"]) + np.log(hit["certificates"]),
        file_name=hit["file_name"].astype("str"),
        other_file=hit["other_file"].astype("str"),
        other_certificate=number.reindex(hit["other"].fillna(-1).astype("int64")).set_axis(c.index).astype("str"),
        differing_bits=hit["bits"].astype("Int64"),
        certificates=hit["certificates"].astype("Int64"),
        ref=c["ref"],
        ref_picture=hit["ref"].astype("Int64"),
        ref_other=hit["ref_other"].astype("Int64"),
    )


def _pictures(e: Evidence, c: pd.DataFrame) -> pd.DataFrame:
    """Photographs of these certificates: ``at`` (place of the certificate in ``c``), file_name, sum, look, ref, blank.

    ``sum``: a number per distinct SHA-256, -1 where there is none; ``look``: the perceptual hash as uint64, ``seen``
    where there is one.
    """
    d = e["document"]
    d = d[(d["kind"] == "photograph").fillna(False).astype(bool)]
    place = pd.Series(range(len(c)), index=c["certificate_number"].astype("object"))
    at = place.reindex(d["certificate_number"].astype("object")).to_numpy()
    d = d.assign(at=at)[~np.isnan(at.astype("float64"))].sort_values(["at", "ref"], ignore_index=True)
    text = d["perceptual_hash"].str.lower().where(d["perceptual_hash"].str.fullmatch("[0-9a-fA-F]{16}").fillna(False))
    sums = d["sha256"].str.strip().str.lower()
    return pd.DataFrame(
        {
            "at": d["at"].astype("int64"),
            "file_name": d["file_name"],
            "sum": pd.factorize(sums)[0],
            "look": np.array([int(t, 16) for t in text.fillna("0")], dtype="uint64"),
            "seen": text.notna(),
            "ref": d["ref"],
            "blank": sums.isna() & text.isna(),
        }
    )


def _matches(pictures: pd.DataFrame, most_bits: int) -> pd.DataFrame:
    """Per certificate (index ``at``) that shares a picture with an earlier one: its closest match there.

    Columns: bits, same_file, file_name, other_file, other (``at`` of the earliest sharer), certificates, ref,
    ref_other.
    """
    pairs = pd.concat([_same_files(pictures), _same_looks(pictures, most_bits)], ignore_index=True)
    at = pictures["at"].to_numpy()
    pairs = pairs.assign(at=at[pairs["one"]], other=at[pairs["two"]])
    pairs = pairs[pairs["at"] != pairs["other"]]
    sharers = pairs.groupby("at").agg(looks=("other", "nunique"), files=("files", "max"))
    later = pairs[pairs["at"] > pairs["other"]].sort_values(
        ["at", "bits", "same_file", "other", "one", "two"], ascending=[True, True, False, True, True, True]
    )
    best = later.drop_duplicates("at").set_index("at")
    name, ref = pictures["file_name"].to_numpy(), pictures["ref"].to_numpy()
    return best.assign(
        file_name=name[best["one"]],
        other_file=name[best["two"]],
        certificates=(sharers["looks"] + 1).clip(lower=sharers["files"]).reindex(best.index),
        ref=ref[best["one"]],
        ref_other=ref[best["two"]],
    )


def _same_files(pictures: pd.DataFrame) -> pd.DataFrame:
    """Pairs (both ways) of pictures with one SHA-256; of each sum every picture is paired with its first and the first
    with every other, so that a file lodged a thousand times makes no million pairs."""
    summed = pictures[pictures["sum"] >= 0]
    first = summed.groupby("sum")["at"].transform("idxmin").to_numpy("int64")
    one = summed.index.to_numpy("int64")
    files = summed.groupby("sum")["at"].transform("nunique").to_numpy("int64")
    pairs = pd.DataFrame({"one": np.r_[one, first], "two": np.r_[first, one], "files": np.r_[files, files]})
    return pairs.assign(bits=0.0, same_file=True)


def _same_looks(pictures: pd.DataFrame, most_bits: int) -> pd.DataFrame:
    """Pairs of pictures whose perceptual hashes differ in few bits: all are compared, a block of them at a time."""
    seen = pictures.index[pictures["seen"]].to_numpy("int64")
    looks: npt.NDArray[np.uint64] = pictures["look"].to_numpy("uint64")[seen]
    pairs = [np.zeros((3, 0), dtype="int64")]
    for start in range(0, len(seen), _CHUNK):
        differing = np.bitwise_count(looks[start : start + _CHUNK, None] ^ looks[None, :])
        one, two = np.nonzero(differing <= most_bits)
        pairs.append(np.array([seen[start + one], seen[two], differing[one, two]], dtype="int64"))
    one, two, bits = np.concatenate(pairs, axis=1)
    return pd.DataFrame({"one": one, "two": two, "files": 0, "bits": bits.astype("float64"), "same_file": False})
