PYTHON ?= python3
VENV := .venv
BENCH := .venv-bench
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test check format lock schemas rules calibration scorecard sbom sample mutants fuzz reliability bench clean

help:  ## what each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "carmonitor needs Python 3.11 or newer: make PYTHON=python3.13 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.installed  ## install the pinned dependencies and carmonitor into .venv

run: setup  ## the main job on sample_data/ (SQLite, as of 2021-07-31); flagged cases go to out/
	@CARMONITOR_USER=$${CARMONITOR_USER:-sample} $(BIN)/carmonitor registers load sample_data/registers
	@CARMONITOR_MONITORING_FROM=2021-01-01 $(BIN)/carmonitor run --inbox sample_data/inbox --as-of 2021-07-31
	@CARMONITOR_MONITORING_FROM=2021-01-01 $(BIN)/carmonitor export --out out --as-of 2021-07-31

test: check  ## every check and every test, PostgreSQL included
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: setup  ## formatting, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: setup  ## write schemas/records again from the record models
	$(BIN)/python -m carmonitor.records.table_schema schemas/records

rules: setup  ## write docs/rules.md and docs/rules.fr.md again from the rulebook
	$(BIN)/python -m carmonitor.dossier.rules_page docs

calibration: setup  ## write schemas/calibration.yaml again from simulated worlds (synthetic; about ten minutes)
	$(BIN)/carmonitor evaluate --seeds 101-110 --months 24 --calibrate schemas/calibration.yaml --jobs 2

scorecard: setup  ## write docs/scorecard.md again (synthetic; about fifteen minutes)
	$(BIN)/carmonitor evaluate --seeds 21-30 --tuned 1-3,101-110 --months 24 --honest 3 --customs evaluation_data/customs --out docs/scorecard.md --jobs 2

mutants: setup  ## how many small changes of the rules the test matrix notices (long; outside CI)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tools/mutation.lock
	$(BIN)/python -m tools.mutate_rules

fuzz: setup  ## damaged input for every parser, reader and route: a million, ten thousand, and thirty thousand requests (outside CI)
	$(BIN)/python -m tools.fuzz --jobs 2

reliability: setup  ## write docs/reliability.md again: kills, full disks, restarts, a simulated year of faults (over an hour; outside CI)
	$(BIN)/python -m tools.reliability

$(BENCH)/.installed: requirements.lock benchmarks/requirements.lock pyproject.toml
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

bench: $(BENCH)/.installed  ## the same sixteen rules in carmonitor and other engines, side by side (synthetic; about twenty minutes)
	$(BENCH)/bin/python -m benchmarks.side_by_side

sbom: setup  ## write docs/sbom.cdx.json and docs/licences.md again from requirements.lock
	$(BIN)/python -m tools.supply_chain

sample: setup  ## write sample_data/ again (needs the source data; see sample_data/README.md)
	$(BIN)/python -m tools.make_sample

lock:  ## resolve and pin the dependencies again (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --extra dev pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 -c requirements.lock tools/mutation.in -o tools/mutation.lock
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 -c requirements.lock benchmarks/requirements.in -o benchmarks/requirements.lock

clean:  ## remove what was built, not the database
	rm -rf $(VENV) $(BENCH) out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
