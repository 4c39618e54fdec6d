# A thin face over the CMake presets of CMakePresets.json. README.md shows both ways.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PRESET ?= release

.PHONY: help deps build run test interop sim-all check format bench clean

help: ## What can be asked for
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

deps: ## Install the Debian packages that are missing
	@scripts/install-deps build

build: deps ## Build pond (PRESET=release)
	@scripts/build $(PRESET)

run: deps ## A network on loopback: 3 bootstrap nodes, 5 agents, one lookup; Ctrl-C ends it (ONCE=1 ends by itself)
	@scripts/build $(PRESET) pond
	@scripts/run-network

test: ## Build and run every test
	@scripts/install-deps test
	@scripts/build $(PRESET)
	@scripts/test $(PRESET)

interop: ## pond with go, rust, js and py libp2p, in every role: the whole cube, transports, traps; needs go and cargo
	@scripts/install-deps test
	@scripts/build $(PRESET) pond pond-kad-interop
	@interop/run --require all --pond build/$(PRESET)/interop/pond/pond-kad-interop

sim-all: deps ## Every scenario of the simulator, the long ones too
	@scripts/build $(PRESET) pond
	@scripts/sim $(PRESET) sim/scenarios/short/*.toml sim/scenarios/*.toml

check: ## Sanitizers, clang-format and clang-tidy
	@scripts/install-deps test check
	@scripts/check

format: ## Format the tree
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 -i

bench: ## The benchmark table, js-libp2p beside pond
	@scripts/install-deps test
	@scripts/build release
	@scripts/bench

clean:
	@rm -rf build
