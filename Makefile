# mmselfshot: `make help` lists the targets.
VENV ?= .venv
PY = $(VENV)/bin/python
export VENV
# tests of a file stay in one process; a thread each, or they fight
JOBS ?= 2
PYTEST = OMP_NUM_THREADS=1 $(PY) -m pytest -n $(JOBS) --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-minvis demo-selfshot test test-now test-slow \
	test-onedl check bench format

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | \
		awk -F'\t' '{printf "make %-14s %s\n", $$1, $$2}'

setup: ## make .venv with the tested packages (mmcv is compiled, once)
	@tools/setup.sh

demo: setup ## UVIS: label a toy world, train, score and film, 15 minutes
	$(PY) tools/demo.py --system uvis

demo-minvis: setup ## MinVIS on true labels: train, score and film
	$(PY) tools/demo.py --system minvis

demo-selfshot: setup ## Self-Shot VIS: find supports, segment unseen kinds, half an hour
	$(PY) tools/demo.py --system selfshot

test: setup ## run the tests, except the slow ones
	@$(MAKE) --no-print-directory test-now

test-now:
	$(PYTEST) -m 'not slow and not gpu'

test-slow: setup ## run the slow tests and those that need a GPU
	$(PY) -m pytest -m 'slow or gpu'

test-onedl: ## run the tests on the maintained continuation (.venv-onedl)
	@VENV=.venv-onedl MM=onedl tools/setup.sh
	$(MAKE) --no-print-directory test-now PY=.venv-onedl/bin/python

check: setup ## check format and lint
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

bench: setup ## run the benchmarks, each against a plain reference
	@for file in $$(grep -l __main__ tools/analysis_tools/benchmarks/*.py); do \
		echo "== $$file"; $(PY) $$file || exit 1; done

format: setup ## format the code and mend what ruff can mend
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .
