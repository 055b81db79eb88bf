# Two commands set themselves up and run: `make check [TREE=path/to/linux]` and `make test`.

PYTHON ?= python3
VENV := .venv
DEMO := fixtures/trees/demo
PATHS ?=
RUNS ?= 3
LIMIT ?= 600
CASES ?=
OUTPUT ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help check test gates generated bench compiled clean
.DEFAULT_GOAL := help

help:
	@echo "make check [TREE=path/to/linux] [PATHS='mm fs']  check a kernel (without TREE: $(DEMO))"
	@echo "make test                                        run the tests"
	@echo "make gates                                       run everything that a change must pass"
	@echo "make generated                                   rewrite the generated files"
	@echo "make bench TREE=path/to/linux [CASES=..] [RUNS=3]  compare the cost with that of other programs"
	@echo "make compiled                                    build a wheel whose solver is compiled, into dist/"
	@echo "make clean                                       remove the private environment"

# Findings (status 1) are what the job is for, so they are no failure of make.
check: $(VENV)/.runtime
	@$(VENV)/bin/mmlint check --tree "$(or $(TREE),$(DEMO))" $(PATHS) || test $$? -eq 1

test: $(VENV)/.dev
	$(VENV)/bin/python -m pytest

gates: $(VENV)/.dev
	bash tests/gates.sh $(VENV)/bin

generated: $(VENV)/.dev
	$(VENV)/bin/python -m tests.generated

bench: $(VENV)/.dev
	$(VENV)/bin/python -m tests.bench "$(or $(TREE),$(error make bench needs TREE=path/to/linux))" \
		--runs $(RUNS) --limit $(LIMIT) $(if $(CASES),--cases "$(CASES)") \
		$(if $(OUTPUT),--output "$(OUTPUT)")

# By way of the source archive: nothing that is compiled lands among the sources. Takes minutes.
compiled: $(VENV)/.dev
	rm -rf dist/mmlint-*.whl $(VENV)/compiled
	HATCH_BUILD_HOOK_ENABLE_MYPYC=1 $(VENV)/bin/python -m build --outdir dist .
	$(PYTHON) -m venv $(VENV)/compiled
	$(VENV)/compiled/bin/python -m pip install --quiet "$$(echo dist/mmlint-*.whl)[fast]"
	@echo "for everyday use: pipx install '$$(echo dist/mmlint-*.whl)[fast]'"

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mmlint needs Python 3.11 or later: make PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.runtime
