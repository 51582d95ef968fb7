#!/bin/sh
# Write the hashes of every package anew, after a change of requirements*.txt or constraints.txt:
# requirements.lock for the portal, requirements-dev.lock for tests and checks, requirements-node.lock
# for machines without Node. Asks the package index for every file of every version, so that any kind
# of machine can install.
set -eu
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install -q --disable-pip-version-check pip-tools
for name in requirements requirements-dev requirements-node; do
    echo "==> $name.lock"
    "$tools/bin/pip-compile" -q --generate-hashes --strip-extras --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links -c constraints.txt "$name.txt" -o "$name.lock"
done
