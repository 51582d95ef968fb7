"""Static files from the locked npm packages: only those named here, never whole folders.

Whole `dist/` folders would make collectstatic ten times slower and larger.
"""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

PACKAGE_FILES = {
    "vendor/bootstrap/bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "vendor/bootstrap/bootstrap.min.css.map": "bootstrap/dist/css/bootstrap.min.css.map",
    "vendor/bootstrap/bootstrap.bundle.min.js": "bootstrap/dist/js/bootstrap.bundle.min.js",
    "vendor/bootstrap/bootstrap.bundle.min.js.map": "bootstrap/dist/js/bootstrap.bundle.min.js.map",
}


class _PackageStorage(FileSystemStorage):
    """Reads a public name from its place under node_modules."""

    def path(self, name):
        return str(Path(settings.NODE_MODULES) / PACKAGE_FILES[Path(name).as_posix()])


class PackageFinder(BaseFinder):
    """Finds the files of `PACKAGE_FILES`."""

    storage = _PackageStorage(location=settings.NODE_MODULES)

    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False, **kwargs):
        find_all = find_all or kwargs.get("all", False)
        source = PACKAGE_FILES.get(Path(path).as_posix())
        if source is None:
            return []
        found = str(Path(settings.NODE_MODULES) / source)
        return [found] if find_all else found

    def list(self, ignore_patterns):
        for name in PACKAGE_FILES:
            yield name, self.storage
