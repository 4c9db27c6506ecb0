"""Settings for the tests: the site's own, on a folder of this process alone and with nothing from the machine.

DATABASE_URL and CELERY_BROKER_URL are respected, so that the same suite runs on PostgreSQL and Redis.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

folder = tempfile.mkdtemp(prefix="tier-zero-tests-")
owner = os.getpid()


@atexit.register
def remove_folder() -> None:
    """Leave nothing behind; a forked child must not pull the folder from under its parent."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


# Also over what a .env in this clone says: tests mean the same on every machine.
os.environ.update(
    DATA_DIR=folder,
    SECRET_KEY=secrets.token_hex(40),
    HTTPS="false",
    DEMO="false",
    DEBUG="false",
    ALLOWED_HOSTS="localhost,127.0.0.1,[::1]",
    API_RATE="100000/min",
    EMAIL_URL="memorymail://",
    OMP_WAIT_POLICY="PASSIVE",
    EMBEDDING_PATH="sentence-transformers",
)
os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/tierzero.sqlite3")
# Nobody consumes it: a task that is queued on commit stays where it is, and a test that wants it calls it.
os.environ.setdefault("CELERY_BROKER_URL", "memory://")

from config.settings import *  # noqa: E402, F403
from config.settings import CELERY_BROKER_TRANSPORT_OPTIONS, DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# WhiteNoise warns about a folder that is not there, and here a warning is an error.
(Path(folder) / "static").mkdir()
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads of the live server and other processes see it as they see a site's own.
    DATABASES["default"]["TEST"] = {"NAME": f"{folder}/test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
# Connections that outlive a request keep a test database from being dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0
# On a shared Redis, each process has queues of its own.
CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS | {
    "global_keyprefix": f"tier-zero-tests-{secrets.token_hex(4)}:"
}
