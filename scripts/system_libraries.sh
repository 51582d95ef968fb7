#!/bin/sh
# See that the libraries behind the PDF documents are there: system_libraries.sh PYTHON
# Root on Debian or Ubuntu: they are installed. Otherwise one line says what to install.
set -eu
python=$1
packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

present() {
    # Without the subset library PDF works, but ten times slower.
    "$python" - >/dev/null 2>&1 <<'EOF'
import ctypes

for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"):
    ctypes.CDLL(name)
EOF
}

present && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "==> installing $packages"
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $packages >/dev/null
    present && exit 0
fi
echo "Libraries for PDF are missing. Install them:  apt-get install $packages" >&2
exit 1
