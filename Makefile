# Maillage: what one types. `make` alone lists it. Needs Python 3.11 or later, and nothing else.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PRET := $(VENV)/.installe
TESTS ?= tests
ENSEMBLE ?= 2
# Everything is tried even when something failed, and what runs side by side is said one after the other.
COTE_A_COTE := $(MAKE) --no-print-directory -k -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# In as many processes, each with servers of its own: tests/repartition.py says what goes together, and in which order.
PYTEST := $(BIN)/pytest -q -n $(ENSEMBLE)
PYTHON_ICI := contracts jeu services deploy bench captures tests

# Where nothing may be written down, every process compiles every module it imports again: three seconds instead of one.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: aide demo test vite format check style types murs contrats rapides bench captures portail schemas lock image propre
.DEFAULT_GOAL := aide

aide: ## cette liste
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: $(PRET) portail ## une année du dispositif SEMIS × Tremplin 17, jouée par les vraies API
	@$(BIN)/maillage demo

test: $(PRET) portail ## tous les tests, ENSEMBLE à la fois (2), chacun avec ses serveurs
	@$(PYTEST) $(TESTS)

vite: $(PRET) ## en moins d'une minute : style, types, contrats, et les tests qui ne démarrent rien
	@$(COTE_A_COTE) types rapides style murs contrats

format: $(PRET) ## remet le code en forme
	@$(BIN)/ruff check -q --fix $(PYTHON_ICI)
	@$(BIN)/ruff format -q $(PYTHON_ICI)

bench: $(PRET) ## les mesures, à côté de celles des autres outils
	@$(BIN)/maillage banc

captures: $(PRET) portail ## une image de chaque page et de chaque état, dans build/captures/
	@$(BIN)/python -m captures

check: $(PRET) ## style, types, murs entre modules, contrats, migrations
	@$(COTE_A_COTE) types style murs contrats migrations

style: $(PRET)
	$(BIN)/ruff check $(PYTHON_ICI)
	$(BIN)/ruff format --check $(PYTHON_ICI)

types: $(PRET)
	$(BIN)/mypy --strict $(PYTHON_ICI)

murs: $(PRET)
	$(BIN)/lint-imports

contrats: $(PRET)
	$(BIN)/python -m contracts.verifier
	$(BIN)/python -m deploy.schemas --verifier

migrations: $(PRET)
	$(BIN)/python -m deploy.migrations.verifier

rapides: $(PRET)
	$(PYTEST) -m vite $(TESTS)

portail: $(PRET) ## les styles et scripts des pages, si leurs sources ont changé
	@$(BIN)/python -m deploy.statiques

schemas: $(PRET) ## régénère les schémas publiés à partir de contracts/
	@$(BIN)/python -m contracts.generer
	@$(BIN)/python -m deploy.schemas

lock: $(PRET) ## refait requirements.lock à partir de pyproject.toml
	@$(BIN)/uv pip compile -q --universal --generate-hashes --all-extras --python-version 3.11 --no-emit-index-url \
		--custom-compile-command "make lock" pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
		--custom-compile-command "make lock" services/portail/node.in -o services/portail/node.lock

propre: ## retire ce que make a installé et produit
	@rm -rf $(VENV) build services/portail/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The environment is exactly what requirements.lock says, hashes checked. uv (itself taken from the lock) does in
# seconds what takes pip half a minute; pip does it where uv cannot run. The command `maillage` is the checkout's own.
$(PRET): requirements.lock
	@test -n "$(PYTHON)" || { echo "Maillage a besoin de Python 3.11 ou plus récent (python3 --version)." >&2; exit 1; }
	@echo "Installation des dépendances dans $(VENV) (une seule fois)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python n'a pas pu créer $(VENV) : sous Debian ou Ubuntu, installez le paquet python3-venv." >&2; exit 1; }
	@mkdir -p build && sed -n '/^uv==/,/^    # via/p' requirements.lock > build/uv.txt
	@{ $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r build/uv.txt \
		&& $(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock; } 2>build/installation.log \
		|| $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock \
		|| { echo "L'installation a échoué : le réseau ou le miroir de paquets Python répond-il ?" >&2; exit 1; }
	@$(BIN)/python -c 'import pathlib, sysconfig; \
		pathlib.Path(sysconfig.get_path("purelib"), "maillage.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m deploy.cli "$$@"\n' > $(BIN)/maillage && chmod +x $(BIN)/maillage
	@touch $@
	@echo "Prêt."
