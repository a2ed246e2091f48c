# Everything a developer types. `make run` and `make test` do all set-up on a fresh machine.

# The environment's own Python, else the newest that really runs: version managers leave names behind that do not.
# PYTHON=… names another.
PYTHON := $(or $(PYTHON),$(shell for p in .venv/bin/python python3.14 python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && exit; done; echo python3))
VENV := .venv/bin
PYTEST := $(VENV)/python -m pytest
QUICK := -q -n 2 --dist worksteal -m "not stack and not slow and not deployed"
COVERED := --cov --cov-report=term

export PORT SIMULATOR_PORT LIVE_PORT FRONTEND

.DEFAULT_GOAL := help
.PHONY: help install run demo test test-slow test-mutations test-schema test-browser test-all test-deployed lint check format clean
.PHONY: audit lock chromium bench resources package secrets deploy smoke admin

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## make the virtual environment (run, demo, test and check do it by themselves)
	@$(PYTHON) -c '' 2>/dev/null || \
		{ echo "There is no $(PYTHON) here: install Python 3.11 or newer, then run make again."; exit 1; }
	@$(PYTHON) devstack/install.py

run: install ## the whole service on this machine; PORT=8000 SIMULATOR_PORT=8001 LIVE_PORT=8002 FRONTEND=folder of a build
	@$(VENV)/python -m devstack run

demo: install ## buy a ticket over HTTP from a stack of its own
	@$(VENV)/python -m devstack demo

test: install ## the quick tests, then the scenarios on the local stack; COVERAGE=1 counts lines, as `check` does
	@$(PYTEST) $(QUICK) $(if $(COVERAGE),$(COVERED))
	@$(PYTEST) -q -n 3 --dist loadfile --no-loadscope-reorder -m "stack and not slow and not deployed"

test-slow: install ## loads of thousands of purchases, every crash point, long random histories; half an hour
	@$(PYTEST) -q -n 2 --dist worksteal -m "slow and not stack and not browser and not schema"
	@$(PYTEST) -q -m "slow and stack and not browser and not schema" -s

test-mutations: install ## take each condition that money or security rests on away, and see a test fail; minutes
	@$(VENV)/python -m tests.faults.mutate

test-schema: install ## Schemathesis: whatever fits /openapi.json, sent to the local stack; minutes
	@$(PYTEST) -q -m schema

test-browser: install chromium ## /docs, CORS, cookies and the gate page in Chromium, which is installed where it is missing
	@$(PYTEST) -q -m browser

test-deployed: install ## the journey on ministack as AWS, from the package of stage dev
	@$(PYTEST) -q -m deployed

test-all: install chromium ## every test in one go, slow ones too, with coverage
	@$(PYTEST) --cov --cov-report=term

# Debian's. Not a dependency of `test`: nobody needs a browser to work on the service.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } || \
		{ echo "There is no Chromium here: install it (Debian: sudo apt-get install chromium), then again."; exit 1; }

lint: install ## format, lint, types, dangerous calls, and what is known of the packages
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy
	@$(VENV)/bandit -q -r app.py chalicelib devstack bench --severity-level medium
	@$(VENV)/python -m devstack.supply

check: lint ## what must pass before a commit: format, lint, types, audit, quick tests, coverage
	@$(PYTEST) $(QUICK) $(COVERED)

format: install ## format the code, and mend what the linter can
	@$(VENV)/ruff format .
	@$(VENV)/ruff check --fix .

audit: install ## what others made: locked, licences, known vulnerabilities, bill of materials; secrets in the repository
	@$(VENV)/python -m devstack.supply

lock: install ## requirements.lock from the requirement files, with the digests of all files
	@$(VENV)/python -m devstack.supply lock

bench: install ## costs, CPU, cold start, growth, sales by shards, live availability; writes docs/performance.md; minutes
	@$(VENV)/python -m bench

resources: install ## write again what of .chalice and docs is made from the code
	@$(VENV)/python -m devstack.deployment resources

package: install ## the template and the package of a STAGE, in build/
	@$(VENV)/python -m devstack.deployment package "$(STAGE)"

secrets: install ## put what is missing of a STAGE's settings into Parameter Store
	@$(VENV)/python -m devstack.deployment secrets "$(STAGE)"

deploy: install ## package a STAGE and give it to AWS; CODE_BUCKET=… (docs/deploying.md)
	@$(VENV)/python -m devstack.deployment deploy "$(STAGE)"

smoke: install ## ask a deployment at URL a few harmless things; ORIGIN=… looks at its CORS headers too
	@$(VENV)/python -m devstack.deployment smoke "$(URL)"

admin: install ## the built-in roles and the first Admin of a STAGE; ADMIN_EMAIL=… (docs/deploying.md)
	@$(VENV)/python -m devstack.deployment admin "$(STAGE)"

clean: ## delete the virtual environment, local data, caches
	rm -rf .venv .local build .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
