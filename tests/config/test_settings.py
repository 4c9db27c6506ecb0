"""The settings read the environment, and refuse what is not safe. Each case is a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SECRET = "k" * 60
SHOW = """
import json
from config import settings
print(json.dumps({
    "database": settings.DATABASES["default"]["ENGINE"],
    "database_name": str(settings.DATABASES["default"]["NAME"]),
    "options": settings.DATABASES["default"].get("OPTIONS", {}),
    "broker": settings.CELERY_BROKER_URL,
    "broker_options": settings.CELERY_BROKER_TRANSPORT_OPTIONS,
    "data_dir": str(settings.DATA_DIR),
    "index_dir": str(settings.INDEX_DIR),
    "uploads": str(settings.STORAGES["default"]["OPTIONS"]["location"]),
    "demo": settings.DEMO,
    "debug": settings.DEBUG,
    "secure": settings.SESSION_COOKIE_SECURE and settings.SECURE_SSL_REDIRECT,
}))
"""


def load(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import the settings in another process, with these variables and none that this test run was given."""
    names = ("DATABASE_URL", "CELERY_BROKER_URL", "DEMO", "DEBUG", "HTTPS", "ALLOWED_HOSTS")
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    values = {"SECRET_KEY": SECRET, "DATA_DIR": str(folder)} | environment
    return subprocess.run(
        [sys.executable, "-c", SHOW], env=inherited | values, capture_output=True, text=True
    )


def settings(folder: Path, **environment: str) -> dict[str, Any]:
    result = load(folder, **environment)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def refusal(folder: Path, **environment: str) -> str:
    result = load(folder, **environment)
    assert result.returncode != 0
    return result.stderr.splitlines()[-1]


def test_a_missing_secret_is_refused(tmp_path: Path) -> None:
    assert "SECRET_KEY is not set" in refusal(tmp_path, SECRET_KEY="")


def test_a_demo_or_short_secret_is_refused(tmp_path: Path) -> None:
    for secret in (
        "demo" + SECRET,
        "django-insecure-" + SECRET,
        "test" + SECRET,
        "change-me" + SECRET,
        "short",
    ):
        assert "demo or short" in refusal(tmp_path, SECRET_KEY=secret)


def test_a_demo_for_other_machines_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, DEMO="true", ALLOWED_HOSTS="localhost,support.example")
    assert "on this machine only" in message


def test_nothing_is_open_by_default(tmp_path: Path) -> None:
    found = settings(tmp_path, HTTPS="true")
    assert not found["demo"]
    assert not found["debug"]
    assert found["secure"]


def test_sqlite_waits_its_turn_and_is_the_default(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found["database"].endswith("sqlite3")
    assert found["database_name"] == str(tmp_path / "tierzero.sqlite3")
    assert found["options"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in found["options"]["init_command"]


def test_the_environment_names_another_database(tmp_path: Path) -> None:
    found = settings(tmp_path, DATABASE_URL="postgres://someone:secret@db.example/tierzero")
    assert found["database"].endswith("postgresql")
    assert found["database_name"] == "tierzero"
    assert "init_command" not in found["options"]


def test_tasks_travel_through_files_by_default(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found["broker"] == "filesystem://"
    assert Path(found["broker_options"]["data_folder_in"]).is_dir()


def test_the_environment_names_another_broker(tmp_path: Path) -> None:
    found = settings(tmp_path, CELERY_BROKER_URL="redis://broker.example:6379/1")
    assert found["broker"] == "redis://broker.example:6379/1"
    assert "data_folder_in" not in found["broker_options"]


def test_everything_a_site_writes_lies_in_its_folder(tmp_path: Path) -> None:
    found = settings(tmp_path / "site")
    assert found["data_dir"] == str(tmp_path / "site")
    for name in ("index_dir", "uploads", "database_name"):
        assert found[name].startswith(str(tmp_path / "site")), name
