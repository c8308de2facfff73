# Everything starts here: `make` lists the targets. Needs python3 (3.11 or newer), make and a C
# compiler; the rest is installed from the locked dependencies into .venv.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq --no-input
TESTS = $(BIN)/pytest -n 2 --dist loadfile $(ARGS)
# No configuration of pip is read, so that no private index leaves its hashes in a lock.
LOCKED = env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null \
	CUSTOM_COMPILE_COMMAND='make lock' \
	$(BIN)/pip-compile --quiet --no-config --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

# No target may reach a database, a package source or a Python path that this project did not set.
unexport DATABASE_URL REDIS_URL
unexport PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGSERVICE PGOPTIONS PGSSLMODE
unexport PYTHONPATH PYTHONHOME PYTEST_ADDOPTS PIP_USER PIP_TARGET PIP_PREFIX

.DEFAULT_GOAL := help
.PHONY: help demo test serve check bench torture lock format clean remake

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: .venv/.runtime ## run 31 real trades through the whole ledger, then stop
	@$(BIN)/dynasty demo $(ARGS)

test: .venv/.dev ## run every test (ARGS="-k words" to choose)
	@$(TESTS)

serve: .venv/.runtime ## run the API with everything embedded (PORT=n, else a free one)
	@$(BIN)/dynasty serve $(if $(PORT),--port $(PORT)) $(ARGS)

define step
@printf '\n== %s\n' '$(1)'
@$(2) || { printf '\nmake check failed at: %s\n' '$(1)' >&2; exit 1; }
endef

check: .venv/.dev ## what CI runs: format, lint, types, imports, tests
	$(call step,ruff format,$(BIN)/ruff format --check .)
	$(call step,ruff check,$(BIN)/ruff check .)
	$(call step,mypy,$(BIN)/mypy)
	$(call step,lint-imports,$(BIN)/lint-imports)
	$(call step,pytest,$(TESTS))

bench: .venv/.dev ## measure, and write the figures to bench-results and to docs/performance.md
	@mkdir -p bench-results
	@$(BIN)/python -m tests.bench --docs --out bench-results $(ARGS)

torture: .venv/.dev ## break everything at random moments under load (SECONDS=n, SEED=n)
	@$(BIN)/python -m tests.faults.torture $(if $(SECONDS),--seconds $(SECONDS)) \
		$(if $(SEED),--seed $(SEED)) $(ARGS)

format: .venv/.dev ## lay out the code and mend what ruff can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: .venv/.dev ## resolve the dependencies again (ARGS=--upgrade for newer ones)
	@$(LOCKED) $(ARGS) -o requirements.lock pyproject.toml requirements.in
	@$(LOCKED) $(ARGS) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml requirements.in

clean: ## remove .venv, caches and build output; data in .dynasty stays
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.runtime: requirements.lock pyproject.toml .venv/bin/python
	@echo "Installing the locked dependencies into .venv ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-index --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements-dev.lock requirements.lock pyproject.toml .venv/bin/python
	@echo "Installing the locked dependencies and the development tools into .venv ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-index --no-deps --no-build-isolation -e .
	@touch .venv/.runtime $@

# A .venv that was copied or moved here would run the code of the place it came from.
ifneq ($(shell cat .venv/.place 2>/dev/null),$(CURDIR))
.venv/bin/python: remake
endif

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || \
		{ echo "This project needs Python 3.11 or newer; $(PYTHON) was not found. Name one: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "This project needs Python 3.11 or newer, found $$($(PYTHON) -V 2>&1). Name one: make PYTHON=..." >&2; exit 1; }
	@echo "Making .venv with $$($(PYTHON) -V) ..."
	@rm -rf .venv
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv .venv; \
		else $(PYTHON) -m venv --without-pip .venv && $(BIN)/python .ci/bootstrap_pip.py; fi
	@printf '%s\n' '$(CURDIR)' > .venv/.place
