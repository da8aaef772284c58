# Foyer. `make help` lists what there is.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help up test test-postgres bench torture mutants lint format messages lock audit environment

PYTHON ?= python3
BIN := .venv/bin
# More options for pytest, e.g. `make test ARGS="-k passcode"`
ARGS ?= -n auto --dist loadfile
SOURCES := portal guests identityproviders invitations applications tests manage.py requirements

RANDOM_KEY = $(BIN)/python -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes($1)).decode())'
# What a deployment would set, so that the deployment checks see production settings.
PRODUCTION = env -u DEBUG -u PORTAL_DEMO \
	DJANGO_SETTINGS_MODULE=portal.settings \
	PORTAL_BASE_URL=https://portal.example.com \
	PORTAL_STATE_DIR=var/lint \
	PORTAL_TRUSTED_PROXIES=1 \
	INVITATION_SENDER_BRAND=Example \
	DATABASE_URL=sqlite:///:memory: \
	REDIS_URL=redis://127.0.0.1:6379/0 \
	SECRET_KEY="$$($(call RANDOM_KEY,48))" \
	PORTAL_KEYS="lint:$$($(call RANDOM_KEY,32))"

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-15s %s\n", $$1, $$2}'

up: ## Start the portal with its demo data on this machine (TLS=1 for https, PORT=8001 for another port)
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON)." >&2; exit 1; }
	@$(PYTHON) requirements/environment.py embedded
	@$(BIN)/python manage.py up $(if $(TLS),--tls) $(if $(PORT),--port $(PORT))

test: environment ## Run the whole suite, on SQLite and, where there is a server, on PostgreSQL
	@$(BIN)/python -m tests.support.announce
	@# Both halves run, whatever the first says; the target fails when either does.
	@sqlite=0; env -u DATABASE_URL $(BIN)/python -m pytest $(ARGS) || sqlite=$$?; \
	$(MAKE) --no-print-directory test-postgres && exit $$sqlite

test-postgres: environment ## Run the suite on PostgreSQL: DATABASE_URL, or a private server for the run
	@$(BIN)/python tests/support/postgres.py $(ARGS)

bench: environment ## Measure: timings and ratios, on a quiet machine
	$(BIN)/python -m pytest -m bench

torture: environment ## Kill workers and brokers, flood the queues; bulk jobs at full size (FI-3, FI-9)
	TORTURE_BULK_ROWS=10000 TORTURE_BULK_KILLS=10 $(BIN)/python -m pytest -m torture tests

mutants: environment ## Break the modules of rules, see whether a test notices (MUTANTS="*email_address*" for some)
	-nice -n 10 $(BIN)/mutmut run $(MUTANTS)
	@$(BIN)/python -m tests.support.mutation_figures

lint: environment ## Run every static check
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	git ls-files -co --exclude-standard -- 'templates/*.html' 'templates/**/*.html' | xargs -r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml portal guests identityproviders invitations applications
	$(BIN)/deptry .
	@mkdir -p var/lint
	@echo "manage.py check --deploy, with production settings"
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@echo "manage.py makemigrations --check"
	@$(PRODUCTION) $(BIN)/python manage.py makemigrations --check --dry-run

format: environment ## Format Python and templates, sort imports
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)
	-git ls-files -co --exclude-standard -- 'templates/*.html' 'templates/**/*.html' | xargs -r $(BIN)/djade --target-version 5.2

messages: environment ## Collect the strings of guest pages and mails into locale/, compile the catalogs
	$(BIN)/python -m tests.support.catalogs

COMPILE := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"
lock: ## Write requirements/*.lock from pyproject.toml (needs uv)
	$(COMPILE) --extra embedded --extra postgres --extra anymail --group dev --output-file requirements/dev.lock
	$(COMPILE) --extra embedded --constraint requirements/dev.lock --output-file requirements/embedded.lock
	$(COMPILE) --extra postgres --extra anymail --constraint requirements/dev.lock --output-file requirements/production.lock

audit: environment ## Look for known vulnerabilities in the locked dependencies
	@$(BIN)/python requirements/audit.py

environment:
	@$(PYTHON) requirements/environment.py dev
