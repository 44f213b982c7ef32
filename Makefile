# make try     installs the program into .venv and explains examples/gitlab/before
# make test    installs what the tests need and runs them
# make bed     builds, once, the Kubernetes API server that tests/live ask; without it these are skipped
# make lint    ruff and mypy --strict
# make mutants breaks the core, a line at a time: each breakage must fail a test
# make bench   time and memory, near the floor, over all sizes and of unfriendly shapes; make bench-live: of a real API server
#
# PYTHON=python3.12 chooses the Python of a new .venv, VENV=folder another place for it.

VENV ?= .venv
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11 python3.10
PYTEST_FLAGS ?= -n 2 -rs
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
COMPILE = $(VENV)/bin/python -m compileall -q kubectl_netpol   # an editable install does not: each start would, where nothing is kept
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 10))

try: $(VENV)/installed
	$(VENV)/bin/kubectl-netpol explain --offline examples/gitlab/before

test: $(VENV)/installed-test
	$(VENV)/bin/python -m pytest $(PYTEST_FLAGS)

bed: $(VENV)/python-found
	$(VENV)/bin/python -m tests.live.bed

lint: $(VENV)/installed-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

mutants: $(VENV)/installed-test
	$(VENV)/bin/python -m tests.mutants

bench: $(VENV)/installed
	$(VENV)/bin/python benchmarks/run.py

bench-live: $(VENV)/installed bed
	$(VENV)/bin/python benchmarks/live.py

$(VENV)/installed: setup.cfg pyproject.toml | $(VENV)/python-found
	$(PIP) install --editable .
	@$(COMPILE)
	@touch $@

$(VENV)/installed-test: setup.cfg pyproject.toml | $(VENV)/python-found
	$(PIP) install --editable '.[test]'
	@$(COMPILE)
	@touch $@ $(VENV)/installed

# A command of that name may exist and yet not run (pyenv), be too old, or come without venv (Debian): try each.
$(VENV)/python-found:
	@$(VENV)/bin/python -c '$(NEW_ENOUGH)' 2>/dev/null && $(VENV)/bin/python -m pip --version >/dev/null 2>&1 && exec touch $@; \
	for python in $(PYTHON); do \
	    $$python -c '$(NEW_ENOUGH)' 2>/dev/null || continue; \
	    $$python -c 'import venv, ensurepip' 2>/dev/null || { without=$${without:-$$python}; continue; }; \
	    $$python -m venv --clear $(VENV) && exec touch $@; exit 1; \
	done; \
	if [ "$$without" ]; then \
	    echo "error: $$without has no venv module; install it, e.g.: apt-get install $$(basename $$without)-venv" >&2; \
	else \
	    echo "error: no Python 3.10 or newer among: $(PYTHON); install one, e.g.: apt-get install python3 python3-venv" >&2; \
	fi; exit 1

.PHONY: try test bed lint mutants bench bench-live
