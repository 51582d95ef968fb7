"""Compile the translations that are newer than their compiled form (no gettext needed)."""

from pathlib import Path

import polib

for source in Path("locale").glob("*/LC_MESSAGES/*.po"):
    target = source.with_suffix(".mo")
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        polib.pofile(str(source)).save_as_mofile(str(target))
        print(f"==> compiled {source}")
