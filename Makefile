# `make demo` shows gitexp at work, `make test` runs all tests. They need Python 3.10+ and git, and
# the tests of the web app Node.js.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PYTEST_ARGS ?= -n auto

.PHONY: help demo test lint types bench wheel clean

help:
	@echo 'make demo    record real trainings in a scratch repository and show what comes out'
	@echo 'make test    run all tests (PYTEST_ARGS="-k diff" runs some)'
	@echo 'make lint    formatting, lint, types, import contract'
	@echo 'make bench   run every benchmark'
	@echo 'make wheel   build the wheel into dist/'
	@echo 'make clean   remove what the others made'

demo: $(VENV)/.demo
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/demo.sh .demo

test: $(VENV)/.dev
	@bash tests/system-packages.sh
	@bash tests/web-app.sh $(BIN)/python
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev
	@for file in benchmarks/[a-z]*.py; do \
		printf '\n== %s\n' "$$file"; \
		$(BIN)/python "$$file" || exit 1; \
	done

wheel: $(VENV)/.dev
	@$(BIN)/python -m build --wheel --outdir dist .

clean:
	rm -rf $(VENV) .demo dist build

# A virtual environment is made once and filled again only when pyproject.toml changes.
$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo 'error: gitexp needs Python 3.10 or newer, and $(PYTHON) is not' >&2; \
		echo 'hint: name another one: make PYTHON=python3.12 …' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'hint: on Debian and Ubuntu, `apt-get install python3-venv` brings venv' >&2; exit 1; }

$(VENV)/.demo: pyproject.toml $(VENV)/pyvenv.cfg
	@echo 'Installing gitexp, PyTorch and scikit-learn into $(VENV)/ (once, a minute or two)'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/pyvenv.cfg
	@echo 'Installing gitexp and what its tests need into $(VENV)/ (once, a minute or two)'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(VENV)/.demo $@
