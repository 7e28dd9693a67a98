# Needs python3 (3.11 or newer) and make; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup serve test check format bench soak conformance clients graphiql clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP)  ## make .venv with the package, its extras and the development tools

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[all]' --group dev
	touch $@

serve: setup  ## start the server with the project "demo" on http://127.0.0.1:8055
	$(BIN)/directus8 demo
	$(BIN)/directus8 serve --host 127.0.0.1 --port 8055

test: setup  ## run the tests on every database that answers (ARGS="-k name")
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: setup  ## ruff, mypy, the import rules and pip-audit
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.audit

format: setup  ## let ruff format and fix the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: setup  ## CPU per request as a multiple of a bare Flask hello (DB=sqlite|mysql|postgresql)
	$(BIN)/python -m tests.bench $(addprefix --database ,$(DB)) $(ARGS)

soak: setup  ## many clients at once (DB=… ARGS="--clients 200 --seconds 1800")
	$(BIN)/python -m tests.bench.soak $(addprefix --database ,$(DB)) $(ARGS)

conformance: setup  ## replay the recorded answers (DB=… SUITE=… FAMILY=… ONLY=… ARGS="--verbose")
	$(BIN)/python -m tests.conformance.run $(addprefix --database ,$(DB)) $(addprefix --suite ,$(SUITE)) \
		$(addprefix --family ,$(FAMILY)) $(addprefix --only ,$(ONLY)) $(ARGS)

clients: $(patsubst %/package-lock.json,%/node_modules,$(wildcard tests/clients/*/package-lock.json))  ## npm packages for tests/clients

tests/clients/%/node_modules: tests/clients/%/package-lock.json
	cd $(@D) && npm ci --silent --no-audit --no-fund
	touch $@

graphiql:  ## renew the page for browsers at /<project>/gql: files from npm, kept in the package
	sh tools/graphiql/build.sh

clean:  ## remove everything that can be made again
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
