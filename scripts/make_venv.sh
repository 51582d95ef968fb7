#!/bin/sh
# Make the virtual environment: make_venv.sh PYTHON VENV
set -eu
python=$1 venv=$2
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Python 3.11 or newer is needed: install it, or name it with  make PYTHON=/path/to/python3.11 …" >&2
    exit 1
}
[ -x "$venv/bin/pip" ] && exit 0
echo "==> making the virtual environment $venv"
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    else
        echo "Python's venv module is missing: install it, e.g.  apt-get install python3-venv" >&2
        exit 1
    fi
fi
"$python" -m venv "$venv"
