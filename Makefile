# make run    sets everything up and opens the page          make test   sets everything up and checks everything
# Both need Python 3.11 or newer, make, and PyPI the first time; the second time they start at once.

PY := .venv/bin/python
RUN := .venv/.installed-run
TESTS := .venv/.installed-tests
ARGS ?=

.PHONY: run test setup check lint types contracts unit browser gate train evaluate lock wheel clean help

run: $(RUN)
	@$(PY) -m feedback_nlp.cli ui $(ARGS)

test: check gate
	@echo "All checks passed."

setup: $(TESTS)

# The packages of the tests include those of the program.
$(RUN): requirements.lock pyproject.toml
	@if [ ! -f $(TESTS) ] || [ requirements.lock -nt $(TESTS) ] || [ pyproject.toml -nt $(TESTS) ]; then .ci/install requirements.lock; fi
	@touch $@

$(TESTS): requirements-tests.lock pyproject.toml
	@.ci/install requirements-tests.lock
	@touch $@

check: lint types contracts unit

lint: $(TESTS)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: $(TESTS)
	@$(PY) -m mypy

contracts: $(TESTS)
	@.venv/bin/lint-imports --no-logo

unit: $(TESTS)
	@if [ -z "$$(.ci/chromium)" ]; then \
	    echo "**************************************************************************************"; \
	    echo "** Chromium is missing: THE BROWSER TESTS ARE SKIPPED. Debian: apt-get install chromium"; \
	    echo "**************************************************************************************"; \
	fi
	@$(PY) -m pytest -rs $(ARGS)

browser: $(TESTS)
	@.ci/chromium >/dev/null || { echo "Chromium is missing. Debian and Ubuntu: apt-get install chromium" >&2; exit 1; }
	@$(PY) -m pytest -m browser $(ARGS)

gate: $(TESTS)
	@$(PY) -m feedback_nlp.cli evaluate data/blind $(ARGS)

evaluate: gate

train: $(TESTS)
	@$(PY) -m feedback_nlp.cli train $(ARGS)

# New locks from pyproject.toml, for Python 3.11 to 3.14 on every platform, with hashes. Needs the network.
lock: $(TESTS)
	@$(PY) -m venv build/lock && build/lock/bin/python -m pip install -q uv
	@printf 'hatchling>=1.27\neditables>=0.5\n' > build/lock/build.in
	build/lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --extra tests --extra documents --extra cluster -o requirements-tests.lock pyproject.toml build/lock/build.in
	build/lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    -c requirements-tests.lock -o requirements.lock pyproject.toml build/lock/build.in

wheel: $(TESTS)
	@$(PY) -m pip wheel --quiet --no-deps --no-build-isolation -w dist .

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

help:
	@head -2 Makefile
