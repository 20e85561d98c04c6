"""The command line. Commands are imported when called, so that ``--help`` answers at once."""

from __future__ import annotations

from carmonitor.cli.group import LazyGroup

_COMMANDS = {
    "validate": ("carmonitor.cli.validate:validate", "check a batch ad hoc: nothing is stored"),
    "run": ("carmonitor.cli.run:run", "the main job on the inbox: ingest, validate, detect, open cases, store"),
    "cases": ("carmonitor.cli.cases:cases", "look at cases and decide on them"),
    "export": ("carmonitor.cli.export:export", "flagged cases for a review mission"),
    "feedback": ("carmonitor.cli.feedback:feedback", "what a sender is to correct: marked workbook and letter"),
    "registers": ("carmonitor.cli.registers:registers", "zones, actors, licences, booklets, blocks, watch list, sites"),
    "rules": ("carmonitor.cli.rules:rules", "what the rules say: list, show"),
    "detectors": (
        "carmonitor.cli.detectors:detectors",
        "what detectors look for, and how their leads fared: list, show",
    ),
    "rulebook": ("carmonitor.cli.rulebook:rulebook", "check, compare, activate and export rulebooks"),
    "backtest": ("carmonitor.cli.backtest:backtest", "try another rulebook on the evidence held, nothing is stored"),
    "replay": ("carmonitor.cli.replay:replay", "prove an old result: judge again with what was known and used then"),
    "simulate": ("carmonitor.cli.simulate:simulate", "write a synthetic world with known fraud, to test detection"),
    "evaluate": ("carmonitor.cli.evaluate:evaluate", "how well the detectors find simulated fraud: the scorecard"),
    "template": ("carmonitor.cli.template:template", "an empty, validated return workbook for senders"),
    "serve": ("carmonitor.cli.serve:serve", "the review console in the browser"),
    "users": ("carmonitor.cli.users:users", "who may log in to the console"),
    "db": ("carmonitor.cli.db:db", "bring the database to this version"),
    "doctor": ("carmonitor.cli.doctor:doctor", "is this installation healthy: checks, and what to do"),
    "backup": ("carmonitor.cli.backup:backup", "the whole database as one file"),
    "restore": ("carmonitor.cli.backup:restore", "fill an empty database from a backup"),
    "retention": ("carmonitor.cli.retention:retention", "what is kept, and the little that may go: show, apply"),
    "journal": ("carmonitor.cli.journal:journal", "show and verify the journal of decisions"),
}

_EXAMPLES = """\b
Examples:
  carmonitor run --inbox inbox                     the monthly job
  carmonitor validate returns/2021-03.xlsx         check one return, store nothing
  carmonitor cases list --status open              what waits for a decision
  carmonitor export --out mission --lang fr        the flagged cases, in French
"""

main = LazyGroup(
    commands=_COMMANDS,
    name="carmonitor",
    help="Export monitoring for rough diamonds from the Central African Republic's compliant zones.",
    epilog=_EXAMPLES,
)
