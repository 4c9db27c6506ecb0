# Everything a person does with this clone. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# Threads that wait must not spin: web, worker and tests share the cores.
export OMP_WAIT_POLICY := PASSIVE

.PHONY: help
help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1mmake %-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(INSTALLED) .env ## Install the packages and write .env, when something of them is missing

$(INSTALLED): pyproject.toml constraints.txt
	@test -x $(BIN)/python || { echo "Creating $(VENV)"; $(PYTHON) -m venv $(VENV); }
	echo "Installing the packages: some minutes the first time"
	$(BIN)/pip install --disable-pip-version-check --progress-bar on -c constraints.txt '.[dev]'
	touch $@

.env:
	@$(PYTHON) - > $@ <<-'EOF'
	import secrets
	print("SECRET_KEY=" + secrets.token_hex(40))
	print("HTTPS=false")
	EOF
	echo "Wrote .env: a random secret for this machine, plain http"

.PHONY: run
run: export DEMO := true
run: setup ## Serve the product with its demo company, on this machine only
	@$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python manage.py load_demo
	exec $(BIN)/python -m config.supervisor

.PHONY: test
test: setup ## Run every test; DATABASE_URL and CELERY_BROKER_URL choose what they run on
	@$(BIN)/pytest -n 2 $(ARGS)

.PHONY: check
check: setup ## Lint, types, templates, import rules, migrations, settings for production, API schema
	@step() { printf '\033[1m%s\033[0m\n' "$$*"; "$$@"; }
	step $(BIN)/ruff check .
	step $(BIN)/ruff format --check .
	step $(BIN)/mypy
	step $(BIN)/djlint --lint --quiet templates
	step $(BIN)/lint-imports
	step $(BIN)/python manage.py makemigrations --check --dry-run
	echo "As in production:"
	export HTTPS=true DEMO=false DEBUG=false ALLOWED_HOSTS=support.example
	step $(BIN)/python manage.py check --deploy --fail-level WARNING
	step $(BIN)/python manage.py spectacular --api-version v1 --validate --fail-on-warn --file /dev/null

.PHONY: format
format: setup ## Put the code into its usual form
	@$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
