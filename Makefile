# make run starts the bot, make test runs the tests. Both make their own environment first, from the locked
# dependencies; all they need is Python 3.11 or later, git and make.

VENV := .venv
BIN := $(VENV)/bin
# The first of these that is new enough; PYTHON=... chooses another one.
PYTHONS := python3 python3.13 python3.12 python3.11 python3.14
PYTHON ?= $(shell for python in $(PYTHONS); do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
# uv installs ten times faster than pip. Where there is none, it goes into the environment itself.
UV = $$(uv --version >/dev/null 2>&1 && echo uv || echo $(BIN)/uv)
INSTALL = $(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r
# Chroma requires it, nothing of ours runs it, and its byte code alone takes 50 MB.
TRIM = find $(VENV) -path '*/kubernetes/*' -name __pycache__ -prune -exec rm -rf {} +
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate
# What is installed is what the tests ran with.
AS_TESTED = --constraint requirements-dev.lock --upgrade
UVX = $$(uv --version >/dev/null 2>&1 && echo uvx || echo $(BIN)/uvx)
# .venv/bin/saseo is python -m bot from any folder.
LAUNCHER = printf '%s\n' '\#!/bin/sh' 'PYTHONPATH="$(CURDIR)" exec "$(CURDIR)/$(BIN)/python" -P -m bot "$$@"' \
	> $(BIN)/saseo && chmod +x $(BIN)/saseo

# SQLAlchemy runs some of it in greenlets, whose lines coverage counts only in a mode that can hang Python 3.11 for ever
# (a weak reference to a greenlet of a thread that ended, while a signal is handled).
IN_GREENLETS = core/backends/postgres/*

.DEFAULT_GOAL := help
.PHONY: help run test chaos coverage lint format lock image sbom audit picture clean

help: ## Show this help
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: $(VENV)/installed ## Start the bot
	@exec $(BIN)/python -m bot

test: $(VENV)/installed-dev ## Run the tests; ARGS=... goes to pytest
	@$(BIN)/python -m pytest $(ARGS)

chaos: $(VENV)/installed-dev ## Kill one of nine processes every second for two minutes, ten times; TIMES=... as often
	@for seed in $$(seq 1 $(or $(TIMES),10)); do \
		CHAOS_SECONDS=120 CHAOS_SEED=$$seed $(BIN)/python -m pytest -q -rP tests/e2e/test_chaos.py || exit 1; done

coverage: $(VENV)/installed-dev ## Require 95 % of what `make test ARGS=--cov` covered, 100 % of core
	@set -- .coverage_*; ! test -e "$$1" || $(BIN)/python -m coverage combine --quiet --keep "$$@"
	@$(BIN)/python -m coverage report --fail-under=95
	@$(BIN)/python -m coverage report --include='core/*' --omit='$(IN_GREENLETS)' --fail-under=100
	@$(BIN)/python -m coverage report --include='core/backends/postgres/*' --omit='*/migrations/*' --fail-under=98

lint: $(VENV)/installed-dev ## Check style, types and imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/installed-dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/installed-dev ## Write the lock files anew from pyproject.toml; ARGS=--upgrade takes newer releases
	@$(COMPILE) pyproject.toml $(ARGS) --group dev -o requirements-dev.lock
	@$(COMPILE) pyproject.toml $(AS_TESTED) -o requirements.lock
	@$(COMPILE) pyproject.toml $(AS_TESTED) --all-extras -o requirements-all.lock
	@echo 'uv>=0.9,<1' | $(COMPILE) - $(ARGS) -o deploy/tools.lock

image: $(VENV)/installed-dev ## Prove the image: every step, every package on both processors; needs PyPI
	@IMAGE_CHECK=whole $(BIN)/python -m pytest -q tests/integration/test_deployment_image.py $(ARGS)
	@for processor in x86_64 aarch64; do for lock in requirements.lock requirements-all.lock; do \
		echo "$$lock on $$processor"; $(UV) pip install --quiet --dry-run --target $(VENV)/dry --require-hashes \
		--python-platform $$processor-manylinux_2_28 --only-binary :all: --no-binary crontab -r $$lock || exit 1; done; done

sbom: $(BIN)/uv-ready ## Write sbom.json, a CycloneDX list of what Saseo is made of; needs PyPI
	@$(UVX) --from 'cyclonedx-bom>=7,<8' cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --output-format JSON --output-file sbom.json

audit: $(BIN)/uv-ready ## Look up known vulnerabilities of everything locked; needs the internet
	@$(UVX) --from 'pip-audit>=2.9,<3' pip-audit --disable-pip --require-hashes -r requirements-all.lock

picture: $(VENV)/installed-dev ## Draw the pictures of the README anew from a real run; needs Chromium
	@$(BIN)/python docs/images/first_answer.py
	@$(BIN)/python docs/images/console.py

clean: ## Remove the environment and all caches, but no data
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage dist sbom.json

$(VENV)/installed: requirements.lock | $(BIN)/uv-ready
	@echo "Installing Saseo (about a minute the first time) ..."
	@$(INSTALL) requirements.lock
	@$(TRIM)
	@$(LAUNCHER)
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock | $(BIN)/uv-ready
	@echo "Installing what the tests need (about a minute the first time) ..."
	@$(INSTALL) requirements-dev.lock
	@$(TRIM)
	@$(LAUNCHER)
	@touch $@

$(BIN)/uv-ready:
	@test -n "$(PYTHON)" || { echo "Saseo needs Python 3.11 or later. Install it from https://www.python.org/downloads/ and run make again."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make an environment. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	@touch $@
