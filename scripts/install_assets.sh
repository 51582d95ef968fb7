#!/bin/sh
# Install the npm packages of package-lock.json: `install_assets.sh BIN ci --omit=dev` the styles and
# fonts, `install_assets.sh BIN install --no-save --include=dev` besides what the tests use.
set -eu
bin=$1
shift
if command -v npm >/dev/null && npm --version >/dev/null 2>&1; then
    npm=npm
else
    echo "==> there is no Node here: installing it from a Python package"
    "$bin/python" -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-node.lock
    PATH="$PWD/$bin:$PATH"
    export PATH
    npm="$bin/npm"
fi
echo "==> npm $*: the packages of package-lock.json"
"$npm" "$@" --ignore-scripts --no-fund --no-audit --loglevel=error >/dev/null || {
    echo "The npm packages could not be installed; the lines above say why." >&2
    exit 1
}
