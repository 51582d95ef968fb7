"""Fail when a text of the code has no Chinese translation, or a translation is doubtful.

Collects the texts anew with gettext into a copy of the catalogue and looks for entries that are
new, empty or fuzzy. With --list the missing texts are printed as JSON.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polib

CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
COLLECT = ["makemessages", "-l", "zh_Hans", "--no-location", "--no-wrap", "--verbosity=0"]
LEFT_OUT = ["--ignore=node_modules", "--ignore=.venv", "--ignore=staticfiles"]


def collected():
    """The catalogue as it would be if the texts were collected now."""
    kept = CATALOGUE.read_bytes() if CATALOGUE.exists() else None
    times = CATALOGUE.stat() if kept is not None else None
    try:
        subprocess.run([sys.executable, "manage.py", *COLLECT, *LEFT_OUT], check=True)
        return polib.pofile(str(CATALOGUE))
    finally:
        if kept is not None:
            CATALOGUE.write_bytes(kept)
            # As old as it was: the compiled catalogue is still the newer one.
            os.utime(CATALOGUE, ns=(times.st_atime_ns, times.st_mtime_ns))


def main():
    if not shutil.which("xgettext"):
        print("!!! gettext was not found: SKIPPED (install gettext to check the translations)")
        return
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    entries = [entry for entry in collected() if not entry.obsolete]
    missing = [entry.msgid for entry in entries if not entry.translated() or entry.fuzzy]
    if "--list" in sys.argv:
        print(json.dumps(missing, ensure_ascii=False, indent=1))
    elif missing:
        for text in missing:
            print(f"not translated: {text!r}")
        sys.exit(f"{len(missing)} of {len(entries)} texts lack a translation")
    else:
        print(f"{len(entries)} texts, all translated")


if __name__ == "__main__":
    main()
