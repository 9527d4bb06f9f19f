# `make help` says what there is to make. README.md has the same commands without make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
# The tensors of the book are small: more threads than one only wait for each other.
export OMP_NUM_THREADS ?= 1
# What a module was compiled to is kept for the next process that imports it: so pip need not
# compile the many that nobody imports, which takes as long as to unpack them.
unexport PYTHONDONTWRITEBYTECODE
INSTALL := -m pip install --no-compile
# Where pip finds builds of torch without CUDA; empty: where it finds everything else.
TORCH_INDEX ?=

VENV := .venv
BIN := $(VENV)/bin
READER := $(VENV)/.reader-installed
AUTHOR := $(VENV)/.author-installed
VENDOR := web/node_modules/.package-lock.json
LINTERS := web/node_modules/.linters-installed
# The explorers' views with all that they import, each one file; and what they are made of.
BUNDLES := nwcore/explorers/static/.bundled
JAVASCRIPT := $(shell find nwcore/explorers -name static -prune -o -name '*.js' -print)
PEERS := .bench/.installed

.PHONY: help book takeaway test test-frameworks mutants bench bench-explorers browsers lab serve vendor watch lint format notebooks translations clean distclean

help: ## Say what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 17

book: $(READER) $(BUNDLES) ## Build every edition into _build/site
	$(BIN)/python tools/build_book.py

takeaway: book browsers ## Build the book and print a PDF of every edition, which the first pages offer
	$(BIN)/python tools/takeaway.py

# Whatever changes what was installed is over before the three begin side by side.
test: $(AUTHOR) $(LINTERS) $(BUNDLES) ## Check everything: code, book, notebooks, package, built site
	$(MAKE) --no-print-directory --jobs 3 browsers lint book
	$(BIN)/pytest -n 2 --dist loadfile --nbval --nbval-current-env chapters
	$(BIN)/pytest -n 4 --dist loadfile --maxfail 20
	$(BIN)/python tools/compare_frameworks.py --existing

test-frameworks: $(READER) ## Run the model in TensorFlow, MXNet and JAX and compare it with nwcore
	$(BIN)/python tools/compare_frameworks.py

mutants: $(AUTHOR) ## Plant faults in nwcore, one at a time, and see whether the tests notice
	$(BIN)/python tools/mutants.py

bench: $(PEERS) ## Measure pooling from 50 to ten million points, and what else there is for it
	env -u OMP_NUM_THREADS .bench/bin/python benchmarks/scale.py
	$(BIN)/python benchmarks/scale.py --from benchmarks/scale.json --readme README.md

bench-explorers: browsers ## Measure the built site's explorers: frames, memory, weight
	@test -f _build/site/index.html || { echo "There is no site yet: run \`make book\` first."; exit 1; }
	$(BIN)/python benchmarks/explorers.py

browsers: $(AUTHOR) ## Install what the site is tested in, where it is not there
	$(BIN)/python tools/browser.py

lab: $(READER) $(BUNDLES) ## Open the notebooks in JupyterLab
	$(BIN)/jupyter lab chapters

serve: $(READER) ## Show the built site on http://localhost:8000 (PORT=… for another port)
	@test -f _build/site/index.html || { echo "There is no site yet: run \`make book\` first."; exit 1; }
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/site $(PORT)

vendor: $(BUNDLES) ## Fetch the browser libraries that the pages are served with, and bundle the explorers

watch: $(VENDOR) ## Bundle the explorers' JavaScript again whenever it changes, until Ctrl-C
	$(BIN)/python tools/bundle_explorers.py --watch

lint: $(AUTHOR) $(LINTERS) ## Check style, types and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/npm --prefix web run --silent lint

format: $(AUTHOR) $(LINTERS) ## Repair style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/npm --prefix web run --silent format

notebooks: $(READER) $(BUNDLES) ## Run every notebook and store its outputs
	$(BIN)/python tools/notebooks.py

translations: $(READER) ## Record that all editions say the same as the first
	$(BIN)/python tools/translations.py record

clean: ## Remove what was built
	rm -rf _build web/dist nwcore/explorers/static

distclean: clean ## Remove what was installed, too
	rm -rf $(VENV) .frameworks .bench web/node_modules

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python found. Install Python 3.11 or newer, or say PYTHON=/path/to/python."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is $$($(PYTHON) --version). The book needs 3.11 or newer: say PYTHON=/path/to/python."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps make a second run work without a network: nothing is asked for until a pin changes.
$(READER): requirements.txt constraints.txt pyproject.toml | $(BIN)/python
	$(if $(TORCH_INDEX),$(BIN)/python $(INSTALL) --index-url $(TORCH_INDEX) -c constraints.txt torch)
	$(BIN)/python $(INSTALL) --requirement requirements.txt
	@touch $@

$(AUTHOR): requirements-dev.txt $(READER)
	$(BIN)/python $(INSTALL) --requirement requirements-dev.txt
	@touch $@

# Packages to compare with have an environment of their own: some bring hundreds of megabytes.
$(PEERS): benchmarks/requirements.txt requirements-dev.txt $(AUTHOR)
	$(PYTHON) -m venv .bench
	$(if $(TORCH_INDEX),.bench/bin/python $(INSTALL) --index-url $(TORCH_INDEX) -c constraints.txt torch)
	.bench/bin/python $(INSTALL) --requirement benchmarks/requirements.txt
	@touch $@

$(VENDOR): web/package.json web/package-lock.json $(READER)
	$(BIN)/python tools/vendor.py
	@touch $@

$(LINTERS): $(VENDOR)
	$(BIN)/python tools/vendor.py --linters
	@touch $(VENDOR) $@

$(BUNDLES): $(JAVASCRIPT) web/explorers.mjs $(VENDOR)
	$(BIN)/python tools/bundle_explorers.py
	@touch $@
