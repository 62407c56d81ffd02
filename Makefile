SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check-workbooks web generate bench

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: web ## Build, load the demo city into a fresh file and serve it (ARGS="…" is passed on)
	cargo build
	cargo run --quiet -- demo $(ARGS)

# --- The explorer page ----------------------------------------------------------------------

WEB_SOURCES := web/index.html $(wildcard web/*.json web/*.ts web/src/*)

web: web/dist/index.html ## Build the explorer page into web/dist

web/node_modules/.installed: web/package.json web/package-lock.json web/.npmrc
	@command -v npm >/dev/null || { echo "make web: npm (Node 20.19 or newer) is needed and was not found." >&2; exit 1; }
	npm --prefix web ci
	touch $@

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	npm --prefix web run build

# --- Checks and tests -----------------------------------------------------------------------

test: ## Check format, lints, documents and licences, then test on SQLite and PostgreSQL
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

check-workbooks: ## Open every workbook the hub writes in LibreOffice and look for its comments
	scripts/check-workbooks

# --- Generated files and measurements -------------------------------------------------------

# A failed command leaves the old file in place.
generate: ## Write graphql/schema.graphql and docs/data-dictionary.md anew
	cargo run --quiet -- schema > graphql/schema.graphql.new
	mv graphql/schema.graphql.new graphql/schema.graphql
	cargo run --quiet -- dictionary > docs/data-dictionary.md.new
	mv docs/data-dictionary.md.new docs/data-dictionary.md

bench/postgraphile/node_modules/.installed: $(addprefix bench/postgraphile/,package.json package-lock.json .npmrc)
	npm --prefix bench/postgraphile ci
	touch $@

bench/duckdb/.venv/.installed: bench/duckdb/requirements.txt
	python3 -m venv bench/duckdb/.venv
	bench/duckdb/.venv/bin/pip install --quiet --requirement $<
	touch $@

bench: bench/postgraphile/node_modules/.installed bench/duckdb/.venv/.installed ## Measure against hand-written SQL, PostGraphile and DuckDB (ARGS="…" is passed on)
	NUANYANG_PG_SHARED_BUFFERS=1GB scripts/with-postgres cargo run --release -p bench -- $(ARGS)
