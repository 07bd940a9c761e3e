# make test   all tests but slow ones    make check  linters, types, import rules
# make slow   the slow tests, and those that draw examples, with more of them
# make demo   the story, live            make bench  benchmarks
# make coverage   the tests, with branch coverage

.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
BIN := .venv/bin
READY := .venv/ready
PEERS := .venv/peers
DESCRIPTION := tests/fakes/npm/node_modules/ready
## One more than there are cores: many tests wait for a process, a server or a page. In the order of `tests/conftest.py`.
EVERY_CORE := --numprocesses=$(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 ))) --dist=loadfile --no-loadscope-reorder

.PHONY: help setup test slow coverage check demo bench format lock clean

help:
	@sed -n 's/^# //p' $(MAKEFILE_LIST)

$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Concordat needs Python 3.11 or newer; name one with make PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

## GitHub's description of its API, to which the tests hold their double; without npm they go without.
## The copies with every reference written out take 350 MB and are not read.
$(DESCRIPTION): tests/fakes/npm/package-lock.json
	@cd tests/fakes/npm && command -v npm >/dev/null 2>&1 \
		&& npm ci --ignore-scripts --no-audit --no-fund --loglevel=error \
		&& rm -f node_modules/@octokit/openapi/generated/*.deref.json && touch node_modules/ready \
		|| echo "npm or its packages are missing: the tests do not hold the double to GitHub's description"

setup: $(READY)

test: $(READY) $(DESCRIPTION)
	$(BIN)/pytest $(EVERY_CORE) $(ARGS)

slow: $(READY) $(DESCRIPTION)
	$(BIN)/pytest $(EVERY_CORE) --dist=worksteal -m "(slow or hypothesis) and not exhaustive" \
		--hypothesis-profile=thorough $(ARGS)

coverage: $(READY) $(DESCRIPTION)
	$(BIN)/pytest $(EVERY_CORE) --cov --cov-report=term $(ARGS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

demo: $(READY)
	$(BIN)/concordat demo $(ARGS)

$(PEERS): $(READY) requirements-bench.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $(PEERS)

bench: $(READY) $(PEERS)
	$(BIN)/python -m benchmarks $(ARGS)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" pyproject.toml --group dev -o requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" pyproject.toml --group dev --group bench -o requirements-bench.lock

clean:
	rm -rf .venv
