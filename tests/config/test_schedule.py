"""What beat starts by the clock."""

from datetime import timedelta

from celery.schedules import crontab
from django.conf import settings

from config import celery_app


def test_every_entry_of_the_clock_is_a_task_that_workers_know() -> None:
    celery_app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in celery_app.tasks


def test_what_is_approved_for_a_minute_goes_live_in_that_minute() -> None:
    assert settings.CELERY_BEAT_SCHEDULE["publish what is due"]["schedule"] == timedelta(seconds=60)


def test_people_are_reminded_once_on_a_working_day_by_their_own_clock() -> None:
    remind = settings.CELERY_BEAT_SCHEDULE["remind"]["schedule"]
    assert remind == crontab(minute="0", hour="7", day_of_week="mon-fri")
    assert celery_app.conf.timezone == settings.TIME_ZONE
