# `make` lists what there is. Everything is installed into .venv (and tests/*/node_modules); nothing outside this folder
# is touched, except that `make test`, run as root on Debian, installs system packages that are missing, and names them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format lint audit live bench pictures lock clean writable

VENV := .venv
BIN := $(VENV)/bin
PORT ?=
TESTS ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
UV := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
PYTEST := $(BIN)/pytest -q -n 2 -o addopts="--strict-markers --strict-config --import-mode=importlib"
UNITS := $(PYTEST) -m "not browser and not audit and not live" -o cache_dir=$(VENV)/.pytest-units
# The browser's tests run by themselves (Playwright's event loop stays alive in its process and would refuse others), file
# by file. The journeys go first: they are one long file.
BROWSER := $(PYTEST) -m browser --dist loadfile --no-loadscope-reorder -o cache_dir=$(VENV)/.pytest-browser
# A command of pytest's; what fails (1, not: could not be run) is tried once more and named as such, for some tests wait
# for other processes, or for bytes, on a machine that may be busy. 5: nothing of TESTS is in this part.
twice = $(1) || { code=$$?; [ -n "$(TESTS)" ] && [ $$code -eq 5 ]; } || { [ $$code -eq 1 ] && \
	echo "What failed is tried once more:" && $(1) --last-failed --last-failed-no-failures none; }
# command:packages that bring it
TEST_TOOLS := chromium:chromium,fonts-liberation java:openjdk-17-jre-headless node:nodejs npm:npm
BENCH_TOOLS := nginx:nginx-light wrk:wrk
LIVE_TOOLS := chromium:chromium,fonts-liberation node:nodejs npm:npm pg_ctlcluster:postgresql

help: ## This list.
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.runtime ## The store at http://127.0.0.1:8000 (another port: make run PORT=8001). Ctrl-C stops it.
	@$(BIN)/portico run $(if $(PORT),--port $(PORT))

test: lint tests/browser/node_modules/.installed ## The whole suite, browser included. Installs what it needs and says what.
	@$(call twice,$(UNITS) $(TESTS))
	@$(call twice,$(BROWSER) $(or $(TESTS),tests/journeys tests/browser))

check: lint ## In about five minutes: style, types, imports, templates, and the tests that need no browser.
	@$(BIN)/pytest -q -n 2 -m "not browser and not audit and not live" --ignore=tests/packaging $(TESTS)

format: $(VENV)/.dev ## Bring the Python code into its form.
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache >$(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/python -m bff.testing.mapping
	@$(BIN)/portico check

audit: $(VENV)/.dev tests/browser/node_modules/.installed tests/audit/node_modules/.installed ## Full matrices, Lighthouse, long random runs: many minutes.
	@$(BIN)/pytest -m audit $(TESTS) || { code=$$?; [ $$code -eq 5 ] && echo "There are no audits yet."; [ $$code -eq 5 ]; }

live: $(VENV)/.dev $(VENV)/.tools-live ## The kit and the journeys against Vendure and Medusa, brought up here: many minutes.
	@$(BIN)/pytest -q -m live $(TESTS)

bench: $(VENV)/.dev $(VENV)/.tools-bench ## The figures: requests a second, latencies, how listings grow with the catalogue.
	@set -e; for file in tests/benchmarks/*.py; do \
		name=$$(basename $$file .py); grep -q __main__ $$file || continue; \
		echo "== $$name"; $(BIN)/python -m tests.benchmarks.$$name; done

pictures: $(VENV)/.pictures ## Draw the demo store's pictures again (minutes; they are committed).
	@$(BIN)/python -m adapters.embedded.drawing

lock: $(BIN)/uv ## Choose the newest versions anew and write the lock files.
	@rm -f requirements*.lock
	@$(UV) --group build --extra pictures --output-file requirements.lock
	@$(UV) --group build --group dev --extra pictures --constraint requirements.lock --output-file requirements-dev.lock
	@$(UV) --group build --extra drawing --constraint requirements.lock --output-file requirements-pictures.lock

clean: ## Remove what was installed or made, var/ with the demo's database included.
	rm -rf $(VENV) var dist build tests/browser/node_modules tests/audit/node_modules
	rm -rf .mypy_cache .ruff_cache .hypothesis .import_linter_cache .pytest_cache
	find bff adapters tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- what the above stand on; each runs again only when its input is newer

writable:
	@[ -w . ] || { echo "This folder cannot be written to, but .venv/ and var/ are made in it. Copy the checkout to a folder of yours."; exit 1; }

# The oldest Python the project runs on is preferred, since the lock files are tried with it. Debian's python3 lacks
# ensurepip until python3-venv is installed. The version is checked here: pip would complain about something else.
$(BIN)/python: | writable
	@for python in $(PYTHON) python3.11 python3 python3.12 python3.13 python3.14; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 or newer is needed; found: $$(python3 --version 2>&1 || echo none). Install it (Debian 12 and later:"; \
		echo "apt-get install python3 python3-venv), or name one: make run PYTHON=/path/to/python3.12"; exit 1; fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing python$$version-venv, which Debian keeps apart from Python …"; \
			apt-get update -qq </dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends python$$version-venv </dev/null >/dev/null; \
		else \
			echo "Python's venv module is not installed. Debian and Ubuntu: sudo apt-get install python$$version-venv"; exit 1; fi; fi; \
	echo "Making $(VENV) with $$("$$python" --version) …"; \
	"$$python" -m venv $(VENV) || { echo "$(VENV) could not be made."; rm -rf $(VENV); exit 1; }

define INSTALL
@[ -w $(VENV) ] || { echo "$(VENV) cannot be written to."; exit 1; }
@echo "Installing $(1) into $(VENV) …"
@$(PIP) install --require-hashes --no-deps -r $(1) || { echo; \
	command -v cc >/dev/null || echo "No C compiler was found. If a package above had to be compiled (no ready-made file for this machine and Python), install one: apt-get install build-essential python3-dev, and cargo for nh3 and granian."; \
	echo "$(1) could not be installed; pip's reason stands above."; exit 1; }
@$(PIP) install --no-deps --no-build-isolation --editable .
endef

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	$(call INSTALL,requirements.lock)
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(call INSTALL,requirements-dev.lock)
	@touch $(VENV)/.runtime $@

$(VENV)/.pictures: requirements-pictures.lock pyproject.toml | $(BIN)/python
	$(call INSTALL,requirements-pictures.lock)
	@touch $(VENV)/.runtime $@

$(BIN)/uv: | $(BIN)/python
	@$(PIP) install uv

tests/%/node_modules/.installed: tests/%/package-lock.json | $(VENV)/.tools-test
	@echo "Installing tests/$*/package-lock.json …"
	@cd tests/$* && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null
	@touch $@

$(VENV)/.tools-test: TOOLS := $(TEST_TOOLS)
$(VENV)/.tools-bench: TOOLS := $(BENCH_TOOLS)
$(VENV)/.tools-live: TOOLS := $(LIVE_TOOLS)
$(VENV)/.tools-test $(VENV)/.tools-bench $(VENV)/.tools-live: | $(BIN)/python
	@missing=; PATH=$$PATH:/usr/sbin:/sbin; for tool in $(TOOLS); do \
		command -v "$${tool%%:*}" >/dev/null || missing="$$missing $$(echo "$${tool#*:}" | tr , ' ')"; done; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing$$missing with apt-get …"; \
			apt-get update -qq </dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends $$missing </dev/null >/dev/null; \
		else echo "This needs$$missing. Debian: sudo apt-get install$$missing"; exit 1; fi; fi
	@touch $@
