# Everything a developer types. `make run` and `make test` do all set-up on a fresh machine.

# The environment's own Python, else the newest that really runs: version managers leave names behind that do not.
# PYTHON=… names another.
PYTHON := $(or $(PYTHON),$(shell for p in .venv/bin/python python3.14 python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && exit; done; echo python3))
VENV := .venv/bin
PYTEST := $(VENV)/python -m pytest

export PORT SIMULATOR_PORT FRONTEND

.DEFAULT_GOAL := help
.PHONY: help install run demo test test-slow test-all check format clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## make the virtual environment (run, demo, test and check do it by themselves)
	@$(PYTHON) -c '' 2>/dev/null || \
		{ echo "There is no $(PYTHON) here: install Python 3.11 or newer, then run make again."; exit 1; }
	@$(PYTHON) devstack/install.py

run: install ## the whole service on this machine; PORT=8000 SIMULATOR_PORT=8001 FRONTEND=folder of a build
	@$(VENV)/python -m devstack run

demo: install ## buy a ticket over HTTP from a stack of its own
	@$(VENV)/python -m devstack demo

test: install ## the quick tests, then the scenarios on the local stack
	@$(PYTEST) -q -n 2 -m "not stack"
	@$(PYTEST) -q -n 2 --dist loadfile -m "stack and not slow"

test-slow: install ## loads of thousands of purchases; minutes
	@$(PYTEST) -q -m slow -s

test-all: install ## every test in one go, slow ones too, with coverage
	@$(PYTEST) --cov --cov-report=term

check: install ## what must pass before a commit: format, lint, types, quick tests, coverage
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy
	@$(PYTEST) -q -n 2 -m "not stack" --cov --cov-report=term

format: install ## format the code, and mend what the linter can
	@$(VENV)/ruff format .
	@$(VENV)/ruff check --fix .

clean: ## delete the virtual environment, local data, caches
	rm -rf .venv .local .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
