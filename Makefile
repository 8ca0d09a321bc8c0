# The project's own commands. Everything they need is installed into .venv (Chromium excepted).

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export REFLEX_USE_NPM = 1
# The tests' databases live in memory where that can be: thousands of them, for a moment each.
test mutants coverage: export TMPDIR := $(shell test -w /dev/shm && echo /dev/shm || echo $${TMPDIR:-/tmp})

.PHONY: help setup setup-dev run check test prove mutants coverage bench growth load lock gallery lighthouse

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup ## Set up what is missing, and serve the site with example data
	@$(BIN)/grouplic run

test: setup-dev check ## Set up what the tests need, check, and run the whole suite
	@$(BIN)/grouplic build
	@$(BIN)/pytest -n 2 -m "not prove and not alone" $(TESTS)
	@$(BIN)/pytest -m "alone and not prove" $(TESTS) || test $$? -eq 5  # 5: none was chosen

prove: setup-dev ## The long forms: kills, mutants, a million steps, everything with many seeds
	@$(BIN)/grouplic build
	@$(BIN)/pytest -v -m prove --capture tee-sys -rP --show-capture=stdout --timeout 14400 $(TESTS)
	@$(MAKE) mutants

mutants: setup-dev ## Change the code in small ways, and see whether a test notices: docs/mutants.md
	@$(BIN)/python -m scripts.mutants $(MUTANTS)

coverage: setup-dev ## Refuse when the tests below the browser miss 5 % of the branches inside
	@$(BIN)/coverage run -m pytest -q -m "not prove" -k "not postgres" tests/unit tests/services tests/http
	@$(BIN)/python -m scripts.branch_coverage

bench: setup-dev ## Measure what was promised, and write it to bench/RESULTS.md
	@$(BIN)/grouplic build
	@$(BIN)/python -m bench $(BENCH)

growth: setup-dev ## Measure groups of 10 to 100,000 seats, and draw how all grows with them
	@$(BIN)/python -m bench.growth $(BENCH)

load: setup-dev ## Put the site under load, and beyond what it bears; about nine minutes
	@$(BIN)/grouplic build
	@$(BIN)/python -m bench.load $(BENCH)

check: setup-dev ## Lint, format, types, architecture, migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m scripts.check_migrations
	@$(BIN)/python -m scripts.settings_table --check

gallery: setup-dev ## Take the pictures of docs/gallery
	@$(BIN)/grouplic build
	@$(BIN)/python -m scripts.gallery

lighthouse: setup-dev ## Measure the first pages into docs/lighthouse.md
	@$(BIN)/grouplic build
	@$(BIN)/python -m scripts.lighthouse

setup: .venv/app.stamp ## Install the pinned packages, Node among them

setup-dev: .venv/dev.stamp ## Install what the tests need, Chromium among them

lock: setup ## Pin the newest versions that fit requirements/*.in
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile -q --upgrade --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links requirements/app.in -o requirements/app.txt
	@$(BIN)/uv pip compile -q --upgrade --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links requirements/dev.in -o requirements/dev.txt

.venv/app.stamp: requirements/app.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing Python packages and Node …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/app.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/dev.stamp: .venv/app.stamp requirements/dev.txt scripts/install_chromium.sh
	@echo "Installing what the tests need …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@sh scripts/install_chromium.sh
	@touch $@
