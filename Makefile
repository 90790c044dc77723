# `make app` sets up and runs Seep, `make test` sets up and runs every check, `make docs` builds the documentation.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: app test docs setup setup-dev format screenshots clean

app: setup
	$(BIN)/python -m seep demo --if-new
	@echo "Seep is at http://127.0.0.1:$(PORT)"
	$(BIN)/streamlit run app.py --server.address 127.0.0.1 --server.port $(PORT)

test: setup-dev
	bash tests/run_all.sh

docs: setup-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir $(VENV)/site
	@echo "Open $(VENV)/site/index.html"

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Seep needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 app" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(VENV)/.installed $@

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: setup-dev
	$(BIN)/python -m docs.screenshots

clean:
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache
