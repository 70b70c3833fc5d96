# `make run` and `make test` need Python 3.11 or newer, make and git, and nothing else.

# The first interpreter that is new enough and can make environments.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# uv installs the same pins in a sixth of pip's time. It knows nothing of pip's own settings, so pip
# does it where uv cannot be had or finds no index. Beside the environment's packages, not among them.
UV_VERSION := 0.13.9
UV := $(VENV)/uv/bin/uv
install = $(UV) pip install --quiet --python $(BIN)/python $(1) 2>/dev/null || $(PIP) install $(1)
RUN := $(VENV)/.run-ready
DEV := $(VENV)/.dev-ready

# One OpenMP thread a process: these jobs are many processes already.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help run test lint format types check openapi contract audit sbom image-size flame lock clean
.DEFAULT_GOAL := help

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(RUN) ## start the service, send it the example page, keep serving (PORT=8765)
	@$(BIN)/python -m service.demo $(if $(PORT),--port $(PORT))

test: $(DEV) ## run every test, as many at once as there are cores (ARGS=... goes to pytest)
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

lint: $(DEV) ## look for faults and bad formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(DEV) ## format the code and sort its imports
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

types: $(DEV) ## check the types
	@$(BIN)/mypy

check: lint types test ## everything that must pass before a commit

openapi: $(RUN) ## pin the OpenAPI document in docs/openapi.json
	@$(BIN)/python -m service.openapi > $(VENV)/openapi.json
	@mv $(VENV)/openapi.json docs/openapi.json

contract: $(DEV) ## ask every endpoint what its schema allows and forbids (EXAMPLES=1000)
	@STORYSEAM_EXAMPLES=$(or $(EXAMPLES),1000) $(BIN)/python -m pytest tests/service/test_schemathesis.py

audit: $(DEV) ## look for known weaknesses in what the locks pin (asks PyPI; fails if it cannot)
	@$(BIN)/python -m pip_audit --strict --no-deps --disable-pip -r requirements.lock
	@grep -v '^-r' requirements-dev.lock > $(VENV)/dev.lock
	@$(BIN)/python -m pip_audit --strict --no-deps --disable-pip -r $(VENV)/dev.lock

sbom: $(DEV) ## list what the image is made of, in CycloneDX (sbom.json)
	@$(BIN)/python deploy/image_size.py --pins > $(VENV)/image.lock
	@$(BIN)/python -m cyclonedx_py requirements --pyproject pyproject.toml --mc-type application \
		--output-reproducible -o sbom.json $(VENV)/image.lock

image-size: $(DEV) ## say what the image adds to its base
	@$(BIN)/python deploy/image_size.py

flame: $(RUN) ## draw where one core spends its time, into docs/flame.svg (needs the extra benchmark)
	@$(BIN)/py-spy record --rate 250 --output docs/flame.svg -- $(BIN)/python -m service.scale.flame

lock: ## renew both locks from pyproject.toml
	@rm -rf $(VENV)-lock && $(PYTHON) -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python -m pip --quiet install .
	@$(VENV)-lock/bin/python -m pip freeze --exclude storyseam > $(VENV)-lock/run
	@$(VENV)-lock/bin/python -m pip --quiet install '.[bulk,dask,postgresql,redis,otel,report,dev]'
	@$(VENV)-lock/bin/python -m pip freeze --exclude storyseam > $(VENV)-lock/dev
	@{ sed -n '/^#/p' requirements.lock; cat $(VENV)-lock/run; } > $(VENV)-lock/new
	@{ sed -n '/^#/p' requirements-dev.lock; echo '-r requirements.lock'; \
		grep -vxFf $(VENV)-lock/run $(VENV)-lock/dev; } > $(VENV)-lock/new-dev
	@mv $(VENV)-lock/new requirements.lock && mv $(VENV)-lock/new-dev requirements-dev.lock
	@rm -rf $(VENV)-lock build *.egg-info

clean: ## remove the environment and every cache
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A marker newer than the pins says that the environment is what they ask for.
$(RUN): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv and pip is needed;" \
		"on Debian and Ubuntu: apt install python3 python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "making $(VENV) with $(PYTHON)" && $(PYTHON) -m venv $(VENV); }
	@test -x $(UV) || $(PIP) install --target $(VENV)/uv uv==$(UV_VERSION) 2>/dev/null || true
	@echo "installing what requirements.lock pins"
	@$(call install,-r requirements.lock)
	@$(call install,--no-deps -e .)
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@echo "installing what requirements-dev.lock pins"
	@$(call install,-r requirements-dev.lock)
	@touch $@
