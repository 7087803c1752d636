# The developer's commands; CI calls the same ones. Everything lands in .venv; nothing else of the
# machine changes, but the Debian packages that tests need where that is allowed (root and apt).

VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/sh

# The first of these that is Python 3.11 or newer and can make a virtual environment.
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11

# What is not kept is compiled again by every process that a test starts, and by every worker of the tests.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test escapes hostile torture torture-cluster promises bench bench-serve guard guard-update soak conformance fuzz fuzz-api fuzz-dovecot fuzz-messages fuzz-libraries dovecot-2.4 test-dovecot-2.4 check fix docs build clean packages

help:
	@echo "make install  set luahost up in .venv"
	@echo "make demo     run the two scripts of the 2019 document on a real message, against a real HTTP server"
	@echo "make test     run the whole test suite"
	@echo "make fuzz-dovecot N=2000  random mail operations in a real Dovecot and in luahost; SEED=… does the same again"
	@echo "                  DOVECOT=2.4 asks that, which make dovecot-2.4 makes ready as root: a Debian 13 in .dovecot-2.4"
	@echo "make test-dovecot-2.4  the tests that can ask a real Dovecot of either version, with 2.4"
	@echo "make fuzz-api N=2000   random chunks of Lua with dovecot.*, run by a script in a real Dovecot and in luahost; SEED=…, DOVECOT=2.4"
	@echo "make fuzz-messages N=2000  random odd messages, delivered to a real Dovecot and read by luahost"
	@echo "make fuzz-libraries N=100000  random calls of LuaSocket's and Lua's own functions, in luahost and in a real Lua; SEED=…"
	@echo "make fuzz T=60     look for configurations that crash or hang the parsers, for T seconds, with atheris"
	@echo "make conformance  replay the recordings of two real Dovecots and count what is identical"
	@echo "make escapes  make every attempt on the sandbox, on every Lua, in process, in a worker and in the server's"
	@echo "make hostile M=10000  hostile transactions in workers, and what they do to the host"
	@echo "make torture N=100 C=20  kill servers under load so often, break disk, clock and endpoint, and check;"
	@echo "                  then have a cluster fail so often; SEED=…"
	@echo "make torture-cluster N=20  the second of these alone"
	@echo "make promises N=20 C=5  what both spools promise: each one's conformance, and both tortures"
	@echo "make bench    how fast luahost is, beside pure Lua, a host in C, Dovecot and busted; ARGS=startup for a part"
	@echo "make bench-serve  what luahost serve takes in, keeps and runs a second, beside what the disk does"
	@echo "make guard    count the instructions of three workloads, and compare with what the repository keeps"
	@echo "make guard-update  keep the counts of this Python, after a change that makes them other ones"
	@echo "make soak N=1000000  whether the memory of luahost serve stays as it is over so many transactions"
	@echo "make check    linters and types"
	@echo "make fix      mend what linters can mend"
	@echo "make docs     write docs/dialects.md, docs/rules.md and what the checker knows of Dovecot"
	@echo "make build    build the wheel and the source package into dist/"
	@echo "make clean    remove what make made"

install: $(VENV)/ready
	@echo "ready: $(BIN)/luahost run SCRIPT [MESSAGE]"

demo: $(VENV)/ready
	@$(BIN)/python -m tests.demo

# Two more than processors: many tests wait for other processes, or for the other side of a connection.
WORKERS = $$(( $$(getconf _NPROCESSORS_ONLN) + 2 ))

test: $(VENV)/ready packages
	@$(BIN)/python -m compileall -q -j 0 luahost
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

N := 2000

DEBIAN_13 := .dovecot-2.4

dovecot-2.4: $(DEBIAN_13)/usr/sbin/dovecot

$(DEBIAN_13)/usr/sbin/dovecot:
	@sh tests/live/debian_13.sh $(DEBIAN_13)

test-dovecot-2.4: $(VENV)/ready dovecot-2.4
	DOVECOT_2_4=$(abspath $(DEBIAN_13)) $(BIN)/python -m pytest -n $(WORKERS) \
	  tests/live tests/doctor/dovecot/test_real.py \
	  tests/config/against_dovecot_2_4.py $(ARGS)

ifeq ($(DOVECOT),2.4)
fuzz-dovecot fuzz-api: dovecot-2.4
fuzz-dovecot fuzz-api: export DOVECOT_2_4 := $(abspath $(DEBIAN_13))
endif

# A seed of our own, so that it can be said before anything happens.
fuzz-dovecot: $(VENV)/ready packages
	@seed=$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; \
	echo "about $(N) operations; to do the same ones again: make fuzz-dovecot N=$(N) SEED=$$seed"; \
	FUZZ_STEPS=$(N) $(BIN)/python -m pytest tests/live/test_fuzz.py --hypothesis-seed=$$seed

fuzz-api: $(VENV)/ready packages
	@seed=$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; \
	echo "$(N) chunks of each kind; to run the same ones again: make fuzz-api N=$(N) SEED=$$seed"; \
	FUZZ_CHUNKS=$(N) FUZZ_SEED=$$seed $(BIN)/python -m pytest tests/live/test_chunks.py

fuzz-messages: $(VENV)/ready packages
	@seed=$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; \
	echo "$(N) messages; to deliver the same ones again: make fuzz-messages N=$(N) SEED=$$seed"; \
	FUZZ_MESSAGES=$(N) $(BIN)/python -m pytest tests/live/test_messages.py --hypothesis-seed=$$seed

fuzz-libraries: N := 100000
fuzz-libraries: $(VENV)/ready packages
	@seed=$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; \
	echo "$(N) calls of each library; to do the same ones again: make fuzz-libraries N=$(N) SEED=$$seed"; \
	FUZZ_SNIPPETS=$(N) FUZZ_SEED=$$seed $(BIN)/python -m pytest tests/snippets

T := 60

fuzz: $(VENV)/ready
	@$(BIN)/python -m pip --quiet install --only-binary atheris --group fuzz || \
	  { echo "make fuzz needs atheris, which has no wheel for $$($(BIN)/python --version): PYTHON=python3.12 make clean fuzz" >&2; exit 1; }
	$(BIN)/python -m tests.fuzz.configuration -max_total_time=$(T) $(ARGS)

conformance: $(VENV)/ready
	@$(BIN)/python -m tests.conformance fixtures/oracle $(ARGS)

escapes: $(VENV)/ready
	$(BIN)/python -m tests.escapes fixtures/escapes --tier in-process
	$(BIN)/python -m tests.escapes fixtures/escapes --tier worker
	$(BIN)/python -m tests.escapes fixtures/escapes --tier server

M := 10000

hostile: $(VENV)/ready
	$(BIN)/python -m tests.hostile $(M)

torture: N := 100
C := 20
torture: $(VENV)/ready
	$(BIN)/python -m tests.torture $(N) $(SEED)
	$(BIN)/python -m tests.nats $(C) $(SEED)

torture-cluster: N := 20
torture-cluster: $(VENV)/ready
	$(BIN)/python -m tests.nats $(N) $(SEED)

promises: N := 20
promises: C := 5
promises: $(VENV)/ready
	@for spool in sqlite nats; do \
	  echo "conformance of the spool on $$spool"; \
	  $(BIN)/python -m pytest -n 0 -q tests/server/spool/test_conformance*.py -k "$$spool" || exit 1; \
	done
	$(BIN)/python -m tests.torture $(N) $(SEED)
	$(BIN)/python -m tests.nats $(C) $(SEED)

bench: $(VENV)/ready
	@sh tests/packages.sh $$(cat tests/debian-packages.txt) gcc libc6-dev liblua5.4-dev
	@$(BIN)/python -m benchmarks $(ARGS)

bench-serve: $(VENV)/ready
	@$(BIN)/python -m tests.server.bench $(ARGS)

guard guard-update: $(VENV)/ready
	@sh tests/packages.sh valgrind gcc libc6-dev
	@$(BIN)/python -m benchmarks.guard $(if $(filter guard-update,$@),--update)

soak: N := 1000000
soak: $(VENV)/ready
	@$(BIN)/python -m tests.server.bench.soak $(N)

check: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@sh tests/packages.sh lua-check
	@command -v luacheck >/dev/null || { echo "make check needs luacheck: apt-get install lua-check" >&2; exit 1; }
	luacheck -q luahost/lua luahost/testing/layout scripts benchmarks/lua
	@for options in "2.3" "2.4 --metadata /private/x" "2.3 --url unix:/s --no-status" "2.3 --files --spool-dir /s"; do \
	  $(BIN)/luahost shim --dovecot $$options | luacheck -q --filename luahost/lua/shim/whole.lua - || exit 1; \
	done

fix: $(VENV)/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/ready
	$(BIN)/python -m tests.dialects_page
	$(BIN)/python -m tests.check.facts_file
	$(BIN)/python -m tests.check.rules_page
	$(BIN)/python -m tests.testing.endpoint.faults_page

build: $(VENV)/ready
	$(BIN)/python -m pip --quiet install build
	$(BIN)/python -m build

packages:
	@sh tests/packages.sh $$(cat tests/debian-packages.txt)

# Made anew when the dependencies change.
$(VENV)/ready: pyproject.toml
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "using $$($$python --version), packages go into $(VENV)"; \
	    $$python -m venv $(VENV) && exit 0; \
	    echo "$$python cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; \
	  fi; \
	done; echo "luahost needs Python 3.11 or newer" >&2; exit 1
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install --upgrade "pip>=25.1"
	@$(BIN)/python -m pip --quiet install --editable . --group dev
	@touch $@

clean:
	rm -rf $(VENV) $(DEBIAN_13) dist .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
