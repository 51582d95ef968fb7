"""Settings of the tests: the product's own, with quick hashes and throw-away folders."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

SCRATCH = Path(tempfile.mkdtemp(prefix="portal-tests-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)

# The environment wins over .env, which may name a real installation's servers.
os.environ.setdefault("DATABASE_URL", f"sqlite:///{SCRATCH / 'unused.sqlite3'}")
os.environ |= {
    "SECRET_KEY": "only-for-tests",
    "PORTAL_DEMONSTRATION": "0",
    "PORTAL_HTTPS": "0",
    "PORTAL_TODAY": "",
    "REDIS_URL": "",
    "EMAIL_URL": "",
    "TRUSTED_PROXIES": "",
}

from config.settings import *  # noqa: E402, F403 - the tests change few of the product's settings
from config.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": SCRATCH / "media", "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = SCRATCH / "static"
AUDIT_TRAIL_MAY_BE_FLUSHED = True
LOOKUPS_KEPT = 0
AUDIT_ARCHIVE_DIR = SCRATCH / "archive"
MAIL_DIR = SCRATCH / "mail"
WHITENOISE_AUTOREFRESH = True
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # In a file: the live server and racing threads need more than one connection.
    DATABASES["default"]["TEST"] = {"NAME": SCRATCH / "test.sqlite3"}
    # Tests kill processes, not the machine: what is committed need not wait for the disk.
    DATABASES["default"]["OPTIONS"] |= {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
