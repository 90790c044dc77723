# `make app` sets up and runs Seep, `make test` sets up and runs every check
# (`make check` without tests, `make quick` the quick tests), `make docs` builds the documentation,
# `make bundle` writes what an installation without a network needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
BUNDLE ?= dist/bundle

# torch and what only its CUDA build needs: their hashes depend on the index that a machine uses.
UNLOCKED := torch triton cuda-bindings cuda-pathfinder cuda-toolkit $(addprefix nvidia-,cublas cuda-cupti \
	cuda-nvrtc cuda-runtime cudnn-cu13 cufft cufile curand cusolver cusparse cusparselt-cu13 nccl-cu13 \
	nvjitlink nvshmem-cu13 nvtx)

.PHONY: app test check quick docs setup setup-dev format screenshots lock sbom bundle clean

app: setup
	$(BIN)/python -m seep demo --if-new
	@echo "Seep is at http://127.0.0.1:$(PORT)"
	$(BIN)/streamlit run app.py --server.address 127.0.0.1 --server.port $(PORT)

# `make test` runs everything; `make test ARGS="-k settings"` only the Python tests that these arguments of pytest select.
test: setup-dev
	bash tests/run_all.sh $(ARGS)

check: setup-dev
	bash tests/check.sh

quick: setup-dev
	bash tests/run_all.sh quick

docs: setup-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir $(VENV)/site
	@echo "Open $(VENV)/site/index.html"

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Seep needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 app" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock requirements.txt $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	node_modules/.bin/biome check --write

screenshots: setup-dev
	$(BIN)/python -m docs.screenshots

# Run it after a change of requirements.txt. Versions that are locked already are kept where they fit.
lock: setup-dev
	$(BIN)/uv pip compile --quiet requirements.txt --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header $(addprefix --no-emit-package ,$(UNLOCKED)) --output-file requirements.lock
	$(BIN)/python -m docs.licenses

sbom: setup-dev
	(cat requirements.lock; grep '^torch==' requirements.txt) | $(BIN)/cyclonedx-py requirements - \
		--pyproject pyproject.toml --output-reproducible --output-file seep.cdx.json

# Everything that an installation without a network needs; see docs/operations.md.
bundle: setup
	bash deploy/bundle.sh $(BIN)/python $(BUNDLE)

clean:
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache
