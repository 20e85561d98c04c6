"""``python -m tools.mutate_rules [RULE_FILE...]``: how many small changes of the rules does the test matrix notice?

mutmut makes the changes, below ``build/mutation``; ``tools/mutants_on_cases.py`` runs them. mutmut leaves decorated
functions alone, and every rule is one, so there a rule is registered by a call after its definition: the same function
under the same id. Each verdict is written at once to ``results.jsonl``; ``--resume`` goes on from it, and ``--again``
runs the survivors of a finished run on cases that were added since. At the end a table, and the survivors of
each file as differences in ``survivors/``. Outside CI: it takes long.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import io
import json
import multiprocessing
import os
import shutil
import sys
import tokenize
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from difflib import SequenceMatcher, unified_diff
from functools import partial
from pathlib import Path

from mutmut.mutation.file_mutation import mutate_file_contents

from tools.mutants_on_cases import Outcome, load, outcomes

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "src/carmonitor/framework/rules"
WORK = ROOT / "build/mutation"
RESULTS, STAMP, SPANS = WORK / "results.jsonl", WORK / "made_from.txt", WORK / "spans.json"
Spans = dict[str, dict[str, tuple[int, int]]]


def main() -> int:
    """Mutate, run, tell. Exit code 1 where fewer than 90 of 100 mutants were noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", help="file names below framework/rules; all by default")
    parser.add_argument("--children", type=int, default=2, help="processes at once")
    parser.add_argument("--resume", action="store_true", help="keep the verdicts of the last run of the same code")
    parser.add_argument("--again", action="store_true", help="run the survivors again, after cases were added")
    arguments = parser.parse_args()
    os.chdir(ROOT)  # mutmut looks for its settings here
    made_from = STAMP.read_text(encoding="utf-8").split() if STAMP.exists() else []
    if not (arguments.resume or arguments.again):
        _generate(arguments.children)
    elif made_from[:1] != _stamp()[:1] or (arguments.resume and made_from != _stamp()):
        parser.error("there is no run of this code to go on from")
    elif arguments.again:
        _forget_survivors()
    spans: Spans = json.loads(SPANS.read_text(encoding="utf-8"))
    wanted = [Path(name).stem for name in arguments.files] or list(spans)
    found = _run(sorted(wanted, key=lambda stem: -len(spans[stem])), spans, arguments.children)
    (WORK / "survivors").mkdir(exist_ok=True)
    for stem in wanted:
        _write_survivors(stem, [o for o in found if o.file == f"{stem}.py"], spans[stem])
    return _tell(found)


def _stamp() -> list[str]:
    """What the verdicts depend on, as hashes: code with the rulebook, and the cases."""
    stamps = []
    for names in (("src", "schemas"), ("tests/unit/framework",)):
        files = sorted(path for name in names for path in (ROOT / name).rglob("*.*"))
        read = [path for path in files if path.suffix in (".py", ".yaml", ".txt")]
        stamps.append(hashlib.sha256(b"".join(path.read_bytes() for path in read)).hexdigest())
    return stamps


def _forget_survivors() -> None:
    """Keep what was noticed: cases are added, not taken away."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["verdict"] in ("noticed", "timeout")]
    RESULTS.write_text("".join(kept), encoding="utf-8")
    STAMP.write_text("\n".join(_stamp()), encoding="utf-8")


def _generate(children: int) -> None:
    """The rules with their mutants below ``WORK``, and where in its file each of them stands."""
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "rules").mkdir(parents=True)
    shutil.copy(RULES / "__init__.py", WORK / "rules")
    stems = sorted(path.stem for path in RULES.glob("*.py") if path.stem != "__init__")
    with multiprocessing.Pool(children) as pool:
        spans = dict(zip(stems, pool.map(_mutate, stems, chunksize=1), strict=True))
    SPANS.write_text(json.dumps(spans), encoding="utf-8")
    STAMP.write_text("\n".join(_stamp()), encoding="utf-8")


def _mutate(stem: str) -> dict[str, tuple[int, int]]:
    source = registered_by_call((RULES / f"{stem}.py").read_text(encoding="utf-8"))
    made = mutate_file_contents(f"{stem}.py", source)
    (WORK / "rules" / f"{stem}.py").write_text(made.code, encoding="utf-8")
    return {name: (span.start, span.end) for name, span in made.line_span_by_function_name.items()}


def registered_by_call(source: str) -> str:
    """``@rule("X", …) def f`` → ``def f`` and ``rule("X", …)(f)`` after it; everything else as it stands."""
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            (decorator,) = node.decorator_list
            called = ast.unparse(decorator)
            end, start = node.end_lineno or node.lineno, decorator.lineno - 1
            lines[end:end] = ["", "", f"{called}({node.name})"]
            del lines[start : node.lineno - 1]
    return "\n".join(lines) + "\n"


def _run(stems: list[str], spans: Spans, children: int) -> list[Outcome]:
    """The verdicts on the mutants of some files, those of an interrupted run among them."""
    before = {o.mutant for o in _known()}
    load(WORK)
    total = sum(not name.endswith("_orig") for stem in stems for name in spans[stem])
    print(f"{total} mutants in {len(stems)} files, {len(before)} verdicts kept", flush=True)
    with multiprocessing.get_context("fork").Pool(children, maxtasksperchild=1) as pool:
        for line in pool.imap_unordered(partial(_run_file, done=before), stems, chunksize=1):
            print(line, flush=True)
    return [o for o in _known() if Path(o.file).stem in stems]


def _known() -> list[Outcome]:
    if not RESULTS.exists():
        return []
    return [Outcome(**json.loads(line)) for line in RESULTS.read_text(encoding="utf-8").splitlines()]


def _run_file(stem: str, done: set[str]) -> str:
    with RESULTS.open("a", encoding="utf-8", buffering=1) as results:
        for number, outcome in enumerate(outcomes(stem, done), 1):
            results.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")
            if number % 200 == 0:
                print(f"  {stem}: {number} run", flush=True)
    return f"{stem}: done"


def _tell(found: Iterable[Outcome]) -> int:
    counts = Counter((file, o.verdict) for o in found for file in (o.file, "all"))
    heads = ["file", "mutants", "noticed", "of these by time", "survived", "of these unreached", "noticed"]
    print(f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", sep="\n")
    share = 100.0
    for file in [*sorted({file for file, _ in counts} - {"all"}), "all"]:
        noticed, late, survived, unreached = (
            counts[file, verdict] for verdict in ("noticed", "timeout", "survived", "unreached")
        )
        tried = noticed + late + survived + unreached
        share = 100 * (noticed + late) / max(tried, 1)
        print(
            f"| {file} | {tried} | {noticed + late} | {late} | {survived + unreached} | {unreached} | {share:.1f} % |"
        )
    return int(share < 90)


def _write_survivors(stem: str, found: list[Outcome], spans: dict[str, tuple[int, int]]) -> None:
    """Every survivor of a file as a difference, after a count of the kinds of change."""
    lines = (WORK / "rules" / f"{stem}.py").read_text(encoding="utf-8").splitlines()
    survivors = [o for o in found if o.verdict in ("survived", "unreached")]
    survivors.sort(key=lambda o: spans[o.mutant.rpartition(".")[2]])
    kinds, told = Counter[str](), []
    for number, outcome in enumerate(survivors, 1):
        name = outcome.mutant.rpartition(".")[2]
        mangled = name.rpartition("_")[0]
        was, now = (_function(lines, spans[of], of, mangled) for of in (f"{mangled}_orig", name))
        kind = kind_of_change(was, now)
        kinds[kind] += 1
        head = f"{number}. {name}  in {outcome.function}  ({kind}{', unreached' * (outcome.verdict == 'unreached')})"
        told.append("\n".join([head, *list(unified_diff(was, now, lineterm="", n=4))[2:]]))
    summary = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
    text = "\n\n".join([f"{stem}.py: {len(survivors)} of {len(found)} survived: {summary}", *told])
    (WORK / "survivors" / f"{stem}.txt").write_text(text + "\n", encoding="utf-8")


def _function(lines: list[str], span: tuple[int, int], name: str, mangled: str) -> list[str]:
    plain = mangled.removesuffix("__mutmut").rpartition("ǁ")[2].removeprefix("x_")
    return "\n".join(lines[span[0] - 1 : span[1]]).replace(name, plain).strip("\n").split("\n")


_KINDS = {
    "comparison": {"<", "<=", ">", ">=", "==", "!=", "is", "in"},
    "operator": {"+", "-", "*", "/", "//", "%", "**", "&", "|", "^", "~", "<<", ">>", "+=", "-=", "*=", "&=", "|="},
    "logic": {"and", "or", "not", "if", "else", "break", "continue", "return"},
    "flag": {"True", "False"},
}


def kind_of_change(was: list[str], now: list[str]) -> str:
    """In a word, by the tokens that differ between two versions of a function."""
    before, after = _tokens(was), _tokens(now)
    changes = [c for c in SequenceMatcher(None, before, after, autojunk=False).get_opcodes() if c[0] != "equal"]
    gone = [token for _, start, end, _, _ in changes for token in before[start:end]]
    come = [token for _, _, _, start, end in changes for token in after[start:end]]
    changed = {*gone, *come} - {"(", ")", ","}
    if come == ["None"]:
        return "None in place of a value"
    if any(token.strip("rbfRBF")[:1] in ("'", '"') for token in come):
        return "text"
    for kind, tokens in _KINDS.items():
        if changed and changed <= tokens:
            return kind
    if not come:
        return "argument dropped"
    return "number" if any(token[:1].isdigit() for token in come) else "other"


def _tokens(source: list[str]) -> list[str]:
    read = io.StringIO("\n".join(source) + "\n").readline
    return [t.string for t in tokenize.generate_tokens(read) if t.string.strip() and t.type != tokenize.COMMENT]


if __name__ == "__main__":
    sys.exit(main())
