# Everything starts here. `make run` is the village office's laptop; the rest is for developers.
# Recipes use `python -m` and relative paths only: the folder may have any name, also with spaces.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet install --require-hashes --requirement
LOCK := $(PY) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	--python-version 3.11

# A stamp is named after what the lock says, so an unchanged lock costs nothing.
sum = $(firstword $(shell cksum requirements/$(1).txt))
BASE := $(VENV)/.base-$(call sum,base)
DEV := $(VENV)/.dev-$(call sum,dev)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format messages lock clean

help:
	@echo "make run      启动驿站（HOST、PORT、DEMO 见 .env.example）"
	@echo "make test     运行全部测试"
	@echo "make check    格式、规范、类型、依赖方向、迁移、部署检查"
	@echo "make format   整理代码格式"
	@echo "make messages 按代码更新英文译文表"
	@echo "make lock     按 requirements/*.in 重新锁定依赖"
	@echo "make clean    删除 .venv 和缓存（保留 var/ 里的数据）"

# exec: signals reach the station itself, not a shell in between.
run: $(BASE)
	@exec $(PY) manage.py serve

test: $(DEV)
	@exec $(PY) -m tests

# As production is told; the values only have to look like it.
AS_PRODUCTION = env PRODUCTION=1 SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))')" \
	ALLOWED_HOSTS=station.example DATABASE_URL=postgresql://nobody@localhost/none \
	CELERY_BROKER_URL=redis://localhost/0

check: $(DEV)
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(PY) manage.py makemigrations --check --dry-run
	$(AS_PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) -m pytest -q tests/architecture/test_requirements.py

format: $(DEV)
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

messages: $(DEV)
	$(PY) -m tests.catalogue

lock: $(DEV)
	$(LOCK) $(LOCKFLAGS) requirements/base.in --output-file requirements/base.txt
	$(LOCK) $(LOCKFLAGS) requirements/dev.in --constraints requirements/base.txt --output-file requirements/dev.txt

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "需要 Python 3.11 或更新的版本：可以用 make PYTHON=python3.12 指定。" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "缺少 python3-venv：请先运行 sudo apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(BASE): | $(PY)
	@echo "正在安装依赖（第一次约一分钟）……"
	@rm -f $(VENV)/.base-*
	@$(PIP) requirements/base.txt
	@touch $@

# The development lock contains the base lock, at the same versions.
$(DEV): | $(PY)
	@echo "正在安装开发依赖……"
	@rm -f $(VENV)/.base-* $(VENV)/.dev-*
	@$(PIP) requirements/dev.txt
	@touch $@ $(BASE)
