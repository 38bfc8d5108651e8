# Everything a newcomer, a developer and CI need. Logic lives in scripts and in Python.

# The fastest Python here; timed only when there is nothing installed yet.
PYTHON ?= $(shell python3 scripts/choose_python.py)
UV_PYTHON_DOWNLOADS := never
export UV_PYTHON_DOWNLOADS
# Many short commands run; compiling every module for each of them would take most of their time.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
# Tests run in any order; the one of a landing is always the same, so that it can be repeated.
SEED ?= 20260401

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check fix bench docs guide sbom clean-data programs

help: ## show what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/ready: pyproject.toml uv.lock
	@test -x $(BIN)/uv || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv sync --frozen --quiet --inexact --compile-bytecode
	@touch $@

setup: .venv/ready ## install everything into .venv

run: setup ## show the main job, then leave the screens open until Ctrl-C
	@$(BIN)/tasuki demo --stay

demo: setup ## show the main job and exit
	@$(BIN)/tasuki demo

programs: setup
	@$(BIN)/python scripts/find_programs.py

test: setup programs ## everything that must pass, browser journeys included; SEED=n tries another order
	@$(BIN)/python scripts/without_route.py $(BIN)/pytest tests -n 3 --dist loadgroup --randomly-seed=$(SEED)

check: setup ## format, lint, types, boundaries, migrations, generated documents
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	@$(BIN)/python scripts/docs.py --check

fix: setup ## mend what a machine can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/python scripts/docs.py

bench: setup ## measure against the floors, in the same run; 20 minutes, half of them for growth to millions
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench growth

guide: setup programs ## take the pictures of the staff guide
	@TASUKI_GUIDE_IMAGES=docs/staff/images $(BIN)/pytest tests/browser -n 0 -k "guide or erased or accounts or audits \
		or contractors or cutover or emergencies or accesses or departure"

docs: setup ## generate the generated documents
	@$(BIN)/python scripts/docs.py

sbom: setup ## write the bill of materials, var/tasuki.cdx.json
	@$(BIN)/python scripts/sbom.py var/tasuki.cdx.json

clean-data: setup ## delete the demonstration's data and databases
	@$(BIN)/tasuki clean-data
