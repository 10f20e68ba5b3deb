"""The station's settings as the tests run them: in a folder of their own that is thrown away.

The main suite runs on SQLite, or on PostgreSQL when `DATABASE_URL` names one.
"""

import atexit
import os
import shutil
import tempfile

# Before the real settings are read: no test may touch the var/ somebody works in.
os.environ["VAR_DIR"] = _folder = tempfile.mkdtemp(prefix="station-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["CELERY_BROKER_URL"] = "memory://"

from shop.config.settings import *

DATABASES["default"]["TEST"] = (
    {"NAME": f"{_folder}/test.sqlite3"}
    if DATABASES["default"]["ENGINE"].endswith("sqlite3")
    else {}
)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir()  # empty; the middleware that serves it looks for it
# Names without hashes: nobody has to collect files before a test.
STORAGES |= {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
