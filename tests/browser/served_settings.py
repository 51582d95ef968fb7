"""Settings of a server process that works on a test's database, at the factories' moment."""

import os
from pathlib import Path

from config.settings_test import *  # noqa: F403
from config.settings_test import STORAGES

DEMONSTRATION, PORTAL_TODAY = True, "2014-10-25"
STORAGES = STORAGES | {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": Path(os.environ["SERVED_MEDIA"]), "base_url": None},
    }
}
# The files of the pages straight from their folders.
WHITENOISE_USE_FINDERS = True
