#!/bin/sh
# Run all tests on SQLite, and again on PostgreSQL where its server is found. Arguments go to pytest.
# The tables on SQLite are made straight from the models, which is much faster; those on PostgreSQL
# by the migrations. `make check` compares the two. What asks nothing of the database's kind (marked
# "one_database": what uses none, every address by every person, the browser's own store, the press)
# runs on SQLite only. Whoever of the workers has nothing left takes tests over from another.
set -u
bin=.venv/bin
failed=0
workers="-n auto --maxprocesses 6 --dist worksteal"
unset DATABASE_URL REDIS_URL EMAIL_URL PORTAL_TODAY

echo "==> tests on SQLite"
"$bin/python" -m pytest --nomigrations $workers "$@" || failed=1

echo "==> tests on PostgreSQL"
"$bin/python" scripts/with_postgres.py "$bin/python" -m pytest $workers \
    -m "not one_database and not crash" "$@"
case $? in
    0) ;;
    77)
        echo "!!! PostgreSQL was not found: the second run was SKIPPED (install postgresql to have it)"
        [ "${CI:-}" = true ] && failed=1
        ;;
    *) failed=1 ;;
esac

# What takes the database server down has one of its own.
echo "==> tests that crash PostgreSQL"
"$bin/python" scripts/with_postgres.py "$bin/python" -m pytest --nomigrations -m crash tests/surveys
case $? in
    0 | 77) ;;
    *) failed=1 ;;
esac
exit $failed
