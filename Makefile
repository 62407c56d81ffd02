SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-pages check-workbooks web generate bench

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: web ## Build, load the demo city into a fresh file and serve it (ARGS="…" is passed on)
	cargo build
	cargo run --quiet -- demo $(ARGS)

# Debian's, unless told.
export CHROMIUM ?= /usr/bin/chromium

# --- The pages ------------------------------------------------------------------------------

WEB_SOURCES := graphql/schema.graphql web/index.html web/station/index.html web/desk/index.html web/generate.mjs \
	$(wildcard web/*.json web/*.ts) $(shell find web/public web/src -type f -not -path "web/src/generated/*")

web: web/dist/index.html ## Build the pages into web/dist

web/node_modules/.installed: web/package.json web/package-lock.json web/.npmrc
	@command -v npm >/dev/null || { echo "make web: npm (Node 20.19 or newer) is needed and was not found." >&2; exit 1; }
	npm --prefix web ci
	touch $@

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	npm --prefix web run build

# --- Checks and tests -----------------------------------------------------------------------

test: web ## Check format, lints, documents and licences, then test on SQLite and PostgreSQL
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
	@if cargo deny --version >/dev/null 2>&1; then \
		echo "cargo deny check"; cargo deny --locked check; \
	else \
		echo "make test: cargo-deny is not installed, so licences and advisories are not checked."; \
	fi
	@if ! cargo nextest --version >/dev/null 2>&1; then \
		echo "make test: cargo-nextest is not installed, installing it."; \
		cargo install --locked cargo-nextest; \
	fi
	NUANYANG_PG_FAST=1 scripts/with-postgres cargo nextest run --workspace --locked --no-fail-fast
	@if command -v soffice >/dev/null; then \
		scripts/check-workbooks; \
	else \
		echo "make test: LibreOffice is not installed, so the workbooks are not opened in it."; \
	fi
	npm --prefix web test
	@if [ -x "$(CHROMIUM)" ]; then \
		$(MAKE) --no-print-directory test-pages; \
	else \
		echo "make test: Chromium is not installed (Debian: apt-get install chromium), so the pages are not opened in it."; \
	fi

test-pages: web ## Use the pages in Chromium, against a hub of their own
	@[ -x "$(CHROMIUM)" ] || { echo "make test-pages: no Chromium at $(CHROMIUM); install it (Debian: apt-get install chromium) or set CHROMIUM." >&2; exit 1; }
	cargo build --locked
	npm --prefix web run e2e

check-workbooks: ## Open every workbook the hub writes in LibreOffice and look for its comments
	scripts/check-workbooks

# --- Generated files and measurements -------------------------------------------------------

# A failed command leaves the old file in place.
generate: ## Write the schema, the data dictionary and the rules of the station app anew
	cargo run --quiet -- schema > graphql/schema.graphql.new
	mv graphql/schema.graphql.new graphql/schema.graphql
	cargo run --quiet -- dictionary > docs/data-dictionary.md.new
	mv docs/data-dictionary.md.new docs/data-dictionary.md
	cargo run --quiet -- rules > web/rules.json.new
	mv web/rules.json.new web/rules.json
	cargo run --quiet -- instruments > web/instruments.json.new
	mv web/instruments.json.new web/instruments.json

bench/postgraphile/node_modules/.installed: $(addprefix bench/postgraphile/,package.json package-lock.json .npmrc)
	npm --prefix bench/postgraphile ci
	touch $@

bench/duckdb/.venv/.installed: bench/duckdb/requirements.txt
	python3 -m venv bench/duckdb/.venv
	bench/duckdb/.venv/bin/pip install --quiet --requirement $<
	touch $@

bench: bench/postgraphile/node_modules/.installed bench/duckdb/.venv/.installed ## Measure against hand-written SQL, PostGraphile and DuckDB (ARGS="…" is passed on)
	NUANYANG_PG_SHARED_BUFFERS=1GB scripts/with-postgres cargo run --release -p bench -- $(ARGS)
