"""How gunicorn serves the site. One process with threads: they share the model and the index replica."""

import gc
import logging
import os
import threading
from typing import Any

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "1"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 10
control_socket_disable = True
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(M)sms"
logconfig_dict = {
    "formatters": {"line": {"format": "%(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["console"], "propagate": False},
        "gunicorn.access": {"level": "INFO", "handlers": ["console"], "propagate": False},
    },
}


def post_worker_init(worker: Any) -> None:
    """Load the model and the index beside the first pages, so that the first question need not wait for them."""
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()


def warm_up() -> None:
    """Pages without search work while this runs, and when it fails."""
    try:
        from search.services import warm_up as load

        load()
        # What was loaded stays. To look through it for garbage stops every thread for half a second, again and again.
        gc.collect()
        gc.freeze()
    except Exception:  # whatever it is, serving pages goes on
        logging.getLogger("search").exception(
            "Could not load the model and the index; trying at the first question"
        )
