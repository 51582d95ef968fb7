"""Settings of the tests: the product's own, with quick hashes and throw-away folders."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ["PORTAL_DEMONSTRATION"] = "0"
os.environ["PORTAL_TODAY"] = ""

from config.settings import *  # noqa: E402, F403 - the tests change few of the product's settings
from config.settings import DATABASES, STORAGES  # noqa: E402

SCRATCH = Path(tempfile.mkdtemp(prefix="portal-tests-"))

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": SCRATCH / "media", "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = SCRATCH / "static"
MAIL_DIR = SCRATCH / "mail"
WHITENOISE_AUTOREFRESH = True
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # In a file: the live server and racing threads need more than one connection.
    DATABASES["default"]["TEST"] = {"NAME": SCRATCH / "test.sqlite3"}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
