# Two commands do everything on a machine with git, make and Python 3.11 or later:
#   make demo    installs into .venv and ends with a map, a GeoPackage, a report and a finding
#   make test    passes the tests
VENV := .venv
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test slow long matrix lint types docs examples qgis bench clean
demo: $(VENV)/installed
	$(VENV)/bin/spatial-gaps demo --out demo

# Tests run side by side: threads inside each would only get in each other's way.
test slow long: export OPENBLAS_NUM_THREADS := 1
test: $(VENV)/test-installed
	$(VENV)/bin/python -m pytest -n auto --dist loadfile -m "not slow and not long"

slow: $(VENV)/test-installed
	$(VENV)/bin/python -m pytest -n auto -m "slow and not long"

# Simulations of minutes, run by hand before a release; writes docs/validation/by-hand.md.
long: $(VENV)/test-installed
	$(VENV)/bin/python tools/run_long.py

# The built wheel on every Python that is here, with the oldest, pinned and newest dependencies.
matrix: $(VENV)/test-installed
	$(VENV)/bin/python tools/run_matrix.py

lint: $(VENV)/lint-installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/lint-installed
	$(VENV)/bin/mypy

docs: $(VENV)/test-installed
	$(VENV)/bin/python -m pytest --doctest-modules spatial_gaps -q -p no:cacheprovider

examples: $(VENV)/installed
	mkdir -p out && cd out && for script in ../examples/[0-9]*.py; do \
		../$(VENV)/bin/python $$script || exit 1; done

# For people who have QGIS and not this repository.
qgis: $(VENV)/python
	mkdir -p dist
	$(VENV)/bin/python -m zipfile -c dist/spatial_gaps_qgis.zip examples/qgis/spatial_gaps_assess.py examples/qgis/README.md

bench: $(VENV)/test-installed
	$(VENV)/bin/python benchmarks/assess.py

$(VENV)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; install it, or: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/python pyproject.toml constraints.txt
	$(PIP) --editable .
	@touch $@

$(VENV)/test-installed: $(VENV)/installed
	$(PIP) --editable '.[test]'
	@touch $@

$(VENV)/lint-installed: $(VENV)/test-installed
	$(PIP) --editable '.[lint]'
	@touch $@

clean:
	rm -rf $(VENV) demo build dist *.egg-info
