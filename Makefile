# `make` lists what there is to do; `make check` takes seconds.
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTHON_FILES := src tests benchmarks charms docs
.PHONY: help run check test coverage ci format lock reference transcript wheel teardown

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: ## set up and walk the tutorial
	./run.sh

check: $(BIN)/ready-dev ## formatting, lint, types, layers, security and the docs: seconds
	$(BIN)/ruff format --check $(PYTHON_FILES)
	$(BIN)/ruff check $(PYTHON_FILES)
	$(BIN)/pyright
	$(BIN)/pyright --project tests
	PYTHONPATH=charms/lib/src $(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive src charms --configfile pyproject.toml
	$(BIN)/python -m pytest -q tests/unit/test_docs.py tests/unit/test_face.py tests/unit/test_transcript.py

test: ## every test but the slow ones
	./test.sh

coverage: $(BIN)/ready-dev ## measure what the tests of the parts reach, and hold the floor
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -n auto tests/unit tests/charms
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

ci: ## all that CI does
	.ci/run

format: $(BIN)/ready-dev ## format the code, and fix what can be fixed
	$(BIN)/ruff format $(PYTHON_FILES)
	$(BIN)/ruff check --fix $(PYTHON_FILES)

# Addresses of registries stay out of these files: a private mirror is used by its settings.
lock: LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header
lock: $(BIN)/ready-dev ## renew requirements/*.txt from pyproject.toml
	$(LOCK) pyproject.toml -o requirements/run.txt
	$(LOCK) pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt
	printf 'editables\nhatchling>=1.27\n' | \
		$(LOCK) - -c requirements/dev.txt -o requirements/build.txt

reference: $(BIN)/ready-dev ## write docs/reference/commands.md from the table of verbs
	$(BIN)/python docs/reference/generate.py

transcript: $(BIN)/ready-dev ## walk the tutorial, write docs/transcript.md and README's part of it
	$(BIN)/python docs/transcript.py

wheel: $(BIN)/ready-dev ## build dist/*.whl
	$(BIN)/uv build --wheel --no-build-isolation --python $(BIN)/python

teardown: ## remove everything but the downloads
	./run.sh --teardown

$(BIN)/ready-dev: requirements/build.txt requirements/dev.txt pyproject.toml
	./run.sh --setup dev
	@touch $@
