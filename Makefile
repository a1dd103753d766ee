# Run `make` for the list of what can be made. Everything here also works from a fresh clone.

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))/debug
INTEROP := tests/interop
BROWSER := tests/browser
PHONE := examples/mobile
# The samples are a workspace of their own; what they and the provider are built from is compiled once.
SAMPLES := cd examples && CARGO_TARGET_DIR=$(TARGET:/debug=)

.PHONY: help run desktop phone test test-build bench fuzz check format-check lint docs bans

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Install what is missing, build, and start the demo on loopback (Ctrl-C ends it)
	@scripts/setup run
	cargo build -p idp
	$(SAMPLES) cargo build -p sample-portal
	@$(TARGET)/idp demo --portal $(TARGET)/sample-portal

desktop: ## Build the sample desktop program and open it beside the demo, in another terminal
	@scripts/setup run
	$(SAMPLES) cargo build -p sample-desktop
	@$(TARGET)/sample-desktop --issuer http://127.0.0.1:8080 --client-id desktop

phone: ## Serve the sample phone app beside the demo, in another terminal
	@scripts/setup phone
	@$(MAKE) --no-print-directory $(PHONE)/node_modules/.package-lock.json
	@cd $(PHONE) && npm start --silent

# The unit tests first, the tests of the whole last. Features are resolved over the whole workspace in each line, so
# that nothing is compiled twice.
test: test-build ## Install what is missing and run every test, on servers of their own
	scripts/test-services sh -ec '\
		cargo test --workspace --lib --bins; \
		cargo test --workspace --doc; \
		($(SAMPLES) cargo test --workspace); \
		cargo test --workspace --test "*"'

# The process tests start the binaries, so these are built even where no test links them.
test-build: $(INTEROP)/node_modules/.package-lock.json $(INTEROP)/venv/installed \
            $(BROWSER)/node_modules/.package-lock.json $(PHONE)/node_modules/.package-lock.json
	@scripts/setup test
	cargo build --workspace --bins --lib --tests
	$(SAMPLES) cargo build --workspace --bins --tests

# The client libraries of other people that tests/interop tries, what tests/browser looks at pages with, and what the
# phone app is made of, at exactly these versions.
%/node_modules/.package-lock.json: %/package-lock.json
	@scripts/setup phone
	npm ci --prefix $* --no-audit --no-fund --ignore-scripts

$(INTEROP)/venv/installed: $(INTEROP)/requirements.txt
	@scripts/setup test
	python3 -m venv --clear $(INTEROP)/venv
	$(INTEROP)/venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

# More to say to it: make bench BENCH='--only refresh --seconds 30'
bench: ## Build for production and measure what requests cost, on SQLite and on PostgreSQL
	@scripts/setup test
	cargo build --release -p idp -p idp-bench
	scripts/test-services $(TARGET:debug=release)/idp-bench --database both $(BENCH)

# The ordinary tests replay what is in fuzz/corpus; this looks for more. FUZZ is a target of fuzz/fuzz_targets, FOR is seconds.
FUZZ := form
FOR := 60
fuzz: ## Feed a parser with inputs made from what they reach: make fuzz FUZZ=csv FOR=600
	scripts/fuzz $(FUZZ) $(FOR)

check: format-check lint docs bans ## Check format, lints, docs, licences and banned crates

format-check:
	cargo fmt --all --check
	cd examples && cargo fmt --all --check
	cd fuzz && cargo fmt --all --check

lint:
	cargo clippy --workspace --all-targets -- -D warnings
	$(SAMPLES) cargo clippy --workspace --all-targets -- -D warnings
	@$(MAKE) --no-print-directory $(PHONE)/node_modules/.package-lock.json
	cd $(PHONE) && npm run --silent check

docs:
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps

# cargo-deny reads the sources of every dependency, on any platform, so they are fetched first. What fuzzes idp is not linked
# into it: its licences are not asked after.
bans:
	@scripts/setup test
	cargo fetch --locked
	scripts/cargo-deny --offline check bans licenses sources
	cargo fetch --locked --manifest-path examples/Cargo.toml
	scripts/cargo-deny --offline --manifest-path examples/Cargo.toml check bans licenses sources
	cargo fetch --locked --manifest-path fuzz/Cargo.toml
	scripts/cargo-deny --offline --manifest-path fuzz/Cargo.toml check bans sources
