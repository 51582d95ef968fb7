# The portal's commands. Each says what it does as it goes and ends non-zero when it cannot go on.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
MANAGE := $(BIN)/python manage.py
export PORT

.PHONY: help setup setup-dev run demo test check lint fmt messages clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## set up what is missing and serve the portal on http://127.0.0.1:$PORT
	@$(BIN)/python scripts/run.py

test: setup-dev ## run all tests, on SQLite and on PostgreSQL
	@sh scripts/test.sh

check: setup-dev ## lint, format, imports, templates, migrations, translations
	@sh scripts/check.sh

demo: setup ## build the demonstration anew (refused where a real campaign stands)
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) demo --rebuild

fmt: setup-dev ## format the code
	@$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format .

messages: setup-dev ## collect the texts to translate (needs gettext) and compile them
	@$(MANAGE) makemessages -l zh_Hans --no-location --no-wrap --ignore=node_modules --ignore=.venv --verbosity 0
	@$(BIN)/python scripts/compile_messages.py

clean: ## remove what setup made; data in var/ stays
	rm -rf $(VENV) node_modules staticfiles

setup: $(VENV)/runtime.stamp node_modules/assets.stamp .env
	@sh scripts/system_libraries.sh $(BIN)/python
	@mkdir -p var/mail var/media var/broker/control
	@$(BIN)/python scripts/compile_messages.py

setup-dev: setup $(VENV)/dev.stamp node_modules/dev.stamp

.env: .env.example
	@echo "==> writing .env with a secret key of its own"
	@test -f .env || { cp .env.example .env && $(BIN)/python -c "import secrets; print('SECRET_KEY=' + secrets.token_urlsafe(50))" >> .env; }
	@touch .env

$(VENV)/runtime.stamp: requirements.lock
	@sh scripts/make_venv.sh $(PYTHON) $(VENV)
	@echo "==> installing the Python packages of requirements.lock"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/dev.stamp: $(VENV)/runtime.stamp requirements-dev.lock
	@echo "==> installing the Python packages of requirements-dev.lock"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

node_modules/assets.stamp: package-lock.json .npmrc $(VENV)/runtime.stamp
	@sh scripts/install_assets.sh $(BIN) ci --omit=dev
	@touch $@

node_modules/dev.stamp: node_modules/assets.stamp
	@sh scripts/install_assets.sh $(BIN) install --no-save --include=dev
	@touch node_modules/assets.stamp $@
