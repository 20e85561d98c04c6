"""``python -m tools.mutate_rules [RULE_FILE...]``: how many small changes of the rules does the test matrix notice?

Works on a copy below ``build/mutation``. mutmut leaves decorated functions alone, and every rule is one, so in the copy
a rule is registered by a call after its definition: the same function under the same id. Only the matrix is run
(``test_matrix.py``: what each rule says of its cases, word for word). Prints the share of mutants killed and the
survivors, each as a difference. Outside CI: it takes about half an hour on two cores.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "mutation"
RULES = Path("src/carmonitor/framework/rules")
CONFIG = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = [{files}]
also_copy = ["schemas", "docs"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-x", "--tb=no"]
pytest_add_cli_args_test_selection = ["tests/unit/framework/test_matrix.py"]
track_dependencies = false
use_git_change_detection = false
"""


def main() -> int:
    """Copy, mutate, run, tell. Exit code 1 where fewer than 90 of 100 mutants were killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", help="file names below framework/rules; all by default")
    parser.add_argument("--children", default="2", help="processes at once")
    arguments = parser.parse_args()
    _copy(arguments.files or [path.name for path in (ROOT / RULES).glob("*.py")])
    mutmut = str(Path(sys.executable).with_name("mutmut"))
    subprocess.run([mutmut, "run", "--max-children", arguments.children], cwd=WORK, check=True)
    results = subprocess.run([mutmut, "results", "--all", "true"], cwd=WORK, check=True, capture_output=True, text=True)
    found = [line.strip().rsplit(": ", 1) for line in results.stdout.splitlines() if ": " in line]
    counts = Counter(status for _, status in found)
    killed = counts["killed"] + counts["timeout"]
    tried = killed + counts["survived"] + counts["no tests"] + counts["suspicious"]
    for name, status in found:
        if status not in ("killed", "timeout"):
            shown = subprocess.run([mutmut, "show", name], cwd=WORK, check=True, capture_output=True, text=True)
            print(f"{name}: {status}\n{shown.stdout}")
    print(f"{dict(counts)}: {killed} of {tried} mutants killed, {100 * killed / max(tried, 1):.1f} %")
    return int(killed < 0.9 * tried)


def _copy(files: list[str]) -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for name in ("src", "tests", "schemas", "docs"):
        shutil.copytree(ROOT / name, WORK / name, ignore=shutil.ignore_patterns("__pycache__"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = ", ".join(f'"{RULES / name}"' for name in files)
    (WORK / "pyproject.toml").write_text(project + CONFIG.format(files=wanted), encoding="utf-8")
    for path in (WORK / RULES).glob("*.py"):
        path.write_text(registered_by_call(path.read_text(encoding="utf-8")), encoding="utf-8")


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


if __name__ == "__main__":
    sys.exit(main())
