# The two commands: `make run` serves the demo hospital, `make test` runs everything. Both make .venv themselves.
# A stamp in .venv is newer than its lock file while nothing has changed, so the second run installs nothing.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= $(or $(MATCHING_PORT),8000)
WORKERS ?= 2
ARGS ?=

PY := .venv/bin/python
INSTALL := $(PY) -m pip install -qq --disable-pip-version-check --no-input --no-compile --no-deps --require-hashes -r

unexport PYTHONDONTWRITEBYTECODE  # where it is set each start compiles everything anew: a second and more, hundreds of times

.PHONY: help install install-dev browser run test check format bench lock migration

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

install: .venv/.installed  ## make .venv and install what the product needs, by hash

install-dev: .venv/.installed-dev  ## the same, and what tests and checks need

run: install  ## serve on 127.0.0.1:$PORT, with a demo hospital when the database is empty
	@MATCHING_PORT=$(PORT) exec $(PY) -m matching up

test: install-dev browser  ## run all tests; ARGS="-k claim" for some of them
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: install-dev  ## lint, format, types, import contracts, migrations against the models
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo
	$(PY) -m matching.migrations check

format: install-dev  ## put imports and layout in order
	$(PY) -m ruff check --fix --select I .
	$(PY) -m ruff format .

bench: install-dev  ## measure what must be fast
	$(PY) -m benchmarks $(ARGS)

migration: install-dev  ## write a migration for what changed in the models: make migration MESSAGE="why"
	$(PY) -m matching.migrations write "$(MESSAGE)"
	$(PY) -m ruff format matching/migrations/versions

COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --custom-compile-command "make lock" $(ARGS) pyproject.toml
lock: install-dev  ## resolve the locks anew; ARGS="--upgrade" for newer versions
	$(COMPILE) -o requirements.lock
	$(COMPILE) --group dev --constraints requirements.lock -o requirements-dev.lock

browser:
	@command -v chromium >/dev/null || .ci/need chromium

.venv/.made:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed, with venv: apt-get install python3 python3-venv" >&2; exit 1; }
	@echo "Making .venv with $(PYTHON)"
	@$(PYTHON) -m venv .venv || { echo "venv is missing: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

.venv/.installed: requirements.lock .venv/.made
	@echo "Installing into .venv (about 20 seconds, once)"
	@$(INSTALL) requirements.lock
	@touch $@

.venv/.installed-dev: requirements-dev.lock requirements.lock .venv/.made
	@echo "Installing into .venv what tests need (about 40 seconds, once)"
	@$(INSTALL) requirements-dev.lock
	@touch .venv/.installed $@
