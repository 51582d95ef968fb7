#!/bin/sh
# All checks besides the tests; each runs even when another has failed.
set -u
bin=.venv/bin
failures=0

check() {
    title=$1
    shift
    echo "==> $title"
    "$@" || { echo "!!! $title: FAILED"; failures=$((failures + 1)); }
}

check "lint" "$bin/ruff" check .
check "format" "$bin/ruff" format --check .
check "imports run one way" "$bin/lint-imports"
check "security mistakes" "$bin/bandit" -q -ll -c pyproject.toml -r accounts campaign common config \
    deliveries evaluations portal reports scoring scripts stations surveys verify_draw.py verify_run.py
check "no secrets in the files" sh scripts/check_secrets.sh
check "templates" "$bin/djlint" --quiet --lint templates
check "Django's own checks" "$bin/python" manage.py check --fail-level WARNING
check "migrations are complete" "$bin/python" manage.py makemigrations --check --dry-run
check "translations are complete" "$bin/python" scripts/check_messages.py
[ $failures -eq 0 ] || { echo "$failures checks failed"; exit 1; }
echo "all checks passed"
