# The commands a newcomer needs are `make up` and `make test`; the rest is for people who change HERA.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE ?= 1

.PHONY: help up demo test lint secrets format cdsi proof bench pictures install release environments sbom audit release-check lock messages settings clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make up       serve the API, the admin, the delivery worker and both jobs on http://127.0.0.1:8000 (PORT=...)
up: $(VENV)/.installed-postgresql
	$(BIN)/python manage.py up

## make demo     play one family's story, from sign-in to a ticked vaccine, and end
demo: $(VENV)/.installed-postgresql
	$(BIN)/python manage.py demo

## make test     run the whole test suite against a real PostgreSQL (ARGS="-k due" to choose)
test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

## make lint     formatting, lint rules, types, import contracts, migrations and translations in step
lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

## make secrets  look for keys and tokens in what git keeps (an example says: pragma: allowlist secret)
secrets: $(VENV)/.installed-dev
	git ls-files -z -- ':!:tests/environments/snapshots' | xargs -0 $(BIN)/detect-secrets-hook --disable-plugin KeywordDetector

## make format   apply the formatting and the safe fixes
format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

## make cdsi     hold the immunization engine against CDC's published cases (CASES=file for others, ARGS=-v for those that fail)
cdsi: $(VENV)/.installed-dev
	$(BIN)/python -m tests.immunization.cdsi "$(CASES)" $(ARGS)

## make proof    read the template by more rules, build the image and run it, boot a machine and follow its page (root, Debian; ARGS=image to choose)
proof: $(VENV)/.installed-dev
	$(BIN)/python -m proofs $(ARGS)

## make bench    print the figures that docs/performance.md quotes (ARGS="--users 100000" for a quick look)
bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks $(ARGS)

## make pictures take the pictures of docs/pictures anew, of a demo country of their own (ARGS="home person" for some)
pictures: $(VENV)/.installed-dev $(VENV)/.installed-postgresql
	$(BIN)/python -m pictures $(ARGS)

## make install  make .venv with everything, and nothing else
install: $(VENV)/.installed-dev

## make release  make .venv with what production runs, and gather the static files (settings from the environment)
release: $(VENV)/.installed-base
	$(BIN)/python manage.py collectstatic --no-input --verbosity 0

## make environments  make .venv with what ./hera-env needs
environments: $(VENV)/.installed-infra

## make sbom     list what production runs, as CycloneDX in sbom.json
sbom: $(VENV)/.installed-dev
	$(BIN)/cyclonedx-py requirements requirements/base.txt --output-format JSON --output-file sbom.json

## make audit    known weaknesses of what production runs (asks PyPI)
audit: $(VENV)/.installed-dev
	$(BIN)/pip-audit --requirement requirements/base.txt --require-hashes --disable-pip --progress-spinner off

## make release-check  what a release wants beside a green CI: an audit that reached its source and found nothing
release-check: $(VENV)/.installed-dev
	.ci/release-check $(BIN)/pip-audit

## make lock     resolve the dependencies of pyproject.toml anew, with hashes
lock: $(VENV)/.installed-dev
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  pyproject.toml -o requirements/base.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  --constraint requirements/base.txt --group postgresql -o requirements/postgresql.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  --constraint requirements/base.txt --constraint requirements/postgresql.txt --group dev pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  --constraint requirements/dev.txt --group infra -o requirements/infra.txt

## make messages gather translatable text and compile the catalogues in hera/locale
messages: $(VENV)/.installed-dev
	$(BIN)/python -m hera.devserver.messages

## make settings write docs/settings.md anew from the tables of settings in hera/config.py and the provider folders
settings: $(VENV)/.installed-dev
	$(BIN)/python -m hera.devserver.settings_page

## make clean    remove .venv, the embedded database and all caches
clean:
	rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("HERA needs Python 3.11 or newer; this is " + sys.version.split()[0] \
	  + ". Name another with PYTHON=python3.12 make ...") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import ensurepip' || { echo "Python's venv module is missing: install it (Debian: apt-get install python3-venv)."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-base: requirements/base.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.installed-postgresql: requirements/postgresql.txt $(VENV)/.installed-base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/postgresql.txt
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.installed-base $(VENV)/.installed-postgresql $(VENV)/.installed-infra

$(VENV)/.installed-infra: requirements/infra.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/infra.txt
	@touch $@
