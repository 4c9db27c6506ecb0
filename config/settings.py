"""The site's settings: every one that differs between sites comes from the environment.

Safe by default: with nothing set the site refuses to start, because a missing secret is never guessed.
`make setup` writes a `.env` with a random secret for the machine at hand; docs/operations.md lists the variables.
"""

from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]

# Where the site writes everything but rows: index snapshots, uploads, queue folders, and SQLite's own file.
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
# Offers one-click sign-in as each role, without a password: `make run` alone sets it.
DEMO = env.bool("DEMO", default=False)
HTTPS = env.bool("HTTPS", default=True)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOOPBACK)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", default=f"http://{env.str('BIND', default='127.0.0.1:8000')}").rstrip("/")
SITE_NAME = env.str("SITE_NAME", default="Tier Zero")

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Run `make setup`, or set it to 50 or more random characters."
    )
if len(SECRET_KEY) < 50 or SECRET_KEY.startswith(("demo", "test", "django-insecure", "change")):
    raise ImproperlyConfigured("SECRET_KEY is a demo or short one. Set it to 50 or more random characters.")
if DEMO and not set(ALLOWED_HOSTS) <= set(LOOPBACK):
    raise ImproperlyConfigured("DEMO lets anyone sign in, on this machine only. Unset DEMO or ALLOWED_HOSTS.")

INSTALLED_APPS = [
    "config",
    "audit",
    "demo",
    "escalation",
    "search",
    "kb",
    "accounts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    # Before whatever asks the database.
    "config.middleware.RefuseNul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.middleware.ViewingAs",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'tierzero.sqlite3'}")}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 60
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at BEGIN, so that a transaction waits its turn instead of failing halfway.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

# --- people -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    # First, because it only ever takes away.
    "kb.viewing_as.OnlyAnEmployee",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "search:ask"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# That mail tells a stranger where to sign up, and nobody does here.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True

# --- language and time ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True

# --- files ------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT: Path | None = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "uploads"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Besides what is compressed already: source maps, which only a debugger asks for, take most of the time.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "jpg", "gif", "webp", "woff", "woff2", "gz", "br", "zip"]
if DEMO:
    # Served from where they lie: nothing to collect and compress before the first page.
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
    STATIC_ROOT = None

# The longest text of an article has a million characters, and a form may write each as nine.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12_000_000

# --- mail -------------------------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Support <support@localhost>")
# The mailbox that is asked for mail each minute, imaps://user:password@host/folder; empty means none.
MAIL_IN_URL = env.str("MAIL_IN_URL", default="")
if MAIL_IN_URL and not MAIL_IN_URL.startswith(("imap://", "imaps://", "imap+starttls://")):
    raise ImproperlyConfigured("MAIL_IN_URL has to begin with imaps://, imap+starttls:// or imap://.")
# Where answers to our mail go, when that is not where it comes from.
MAIL_REPLY_TO = env.str("MAIL_REPLY_TO", default="")
# Addresses of our own: mail from one of them is never answered.
MAIL_IN_OWN_ADDRESSES = [
    address
    for address in (
        parseaddr(DEFAULT_FROM_EMAIL)[1],
        MAIL_REPLY_TO,
        *env.list("MAIL_IN_OWN_ADDRESSES", default=[]),
    )
    if address
]
# The name by which the mail server in front signs what it checked (Authentication-Results); empty means that it lets
# nothing forged through.
MAIL_IN_AUTHSERV = env.str("MAIL_IN_AUTHSERV", default="")

# --- headers ----------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
UNUSED_POWERS = ("camera", "geolocation", "microphone", "payment", "usb")
PERMISSIONS_POLICY: dict[str, list[str]] = {name: [] for name in UNUSED_POWERS}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- tasks ------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://")
CELERY_TASK_IGNORE_RESULT = True
# "At seven" is seven where the site's people are.
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_TIME_LIMIT = 600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A page must not wait for a broker that is down: the row in the database is the job, and beat sends it again.
CELERY_TASK_PUBLISH_RETRY = False
if CELERY_BROKER_URL.startswith("filesystem"):
    QUEUE_DIR = DATA_DIR / "queue"
    for folder in ("messages", "control"):
        (QUEUE_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "control_folder": str(QUEUE_DIR / "control"),
        "polling_interval": 0.1,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        # CELERY_TASK_PUBLISH_RETRY does not reach the connection below it, which kombu tries three times with pauses
        # of 2 and 4 s: measured, 6.1 s for each task that is queued while Redis is down, and with this 0.13 s at first
        # (1 s, the timeout above, where nothing answers at all). Worker and beat try again by settings of their own.
        "max_retries": 0,
        "visibility_timeout": 900,
    }
CELERY_BEAT_SCHEDULE = {
    "fetch mail": {"task": "escalation.tasks.fetch_mail", "schedule": timedelta(seconds=60)},
    "route waiting tickets": {"task": "escalation.tasks.route_waiting", "schedule": timedelta(seconds=30)},
    "warn of promises": {"task": "escalation.tasks.warn_of_promises", "schedule": timedelta(seconds=60)},
    "reconcile the index": {"task": "search.tasks.reconcile_index", "schedule": timedelta(seconds=30)},
    "send waiting mail": {"task": "accounts.tasks.send_waiting_mail", "schedule": timedelta(seconds=60)},
    "deliver webhooks": {
        "task": "escalation.tasks.deliver_waiting_webhooks",
        "schedule": timedelta(seconds=60),
    },
    "publish what is due": {"task": "kb.tasks.publish_due", "schedule": timedelta(seconds=60)},
    # In pieces, so that other tasks get their turn; each address comes up once a night.
    "check links": {"task": "kb.tasks.check_links", "schedule": crontab(hour="1-4", minute="*/5")},
    "remind": {"task": "kb.tasks.send_digests", "schedule": crontab(hour="7", minute="0", day_of_week="1-5")},
    "sweep": {
        "task": "kb.tasks.sweep_unattached",
        "schedule": crontab(hour="5", minute="0", day_of_week="0"),
    },
}

# --- systems outside --------------------------------------------------------------------------------------------
# Whether webhooks may go to private networks, at any port: for a system that stands in one's own. Their secrets are
# variables named WEBHOOK_…, which an endpoint names.
WEBHOOK_PRIVATE = env.bool("WEBHOOK_PRIVATE", default=False)

# --- knowledge base ---------------------------------------------------------------------------------------------
# Whether links into private networks are checked too: for a site whose articles link to its own intranet.
LINK_CHECK_PRIVATE = env.bool("LINK_CHECK_PRIVATE", default=False)

# --- people -----------------------------------------------------------------------------------------------------
# Whom to call when it can't wait, in words and as this company has it: "Reception, 5555". Empty: nothing is said.
EMERGENCY_CONTACT = env.str("EMERGENCY_CONTACT", default="")
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="")

# --- search -----------------------------------------------------------------------------------------------------
# A folder in sentence-transformers' layout; empty means the packaged all-MiniLM-L6-v2.
EMBEDDING_MODEL_PATH = env.str("EMBEDDING_MODEL_PATH", default="") or None
# How the model is run; empty means the fastest way whose vectors are right, measured once on each machine.
EMBEDDING_PATH = env.str("EMBEDDING_PATH", default="")
if EMBEDDING_PATH not in ("", "sentence-transformers", "bfloat16"):
    raise ImproperlyConfigured(
        f"EMBEDDING_PATH is {EMBEDDING_PATH!r}. Leave it empty, or set sentence-transformers or bfloat16."
    )
INDEX_DIR = DATA_DIR / "index"
# A Milvus server keeps the vectors instead of every process: http://milvus:19530. Empty: FAISS in each process.
MILVUS_URI = env.str("MILVUS_URI", default="")
MILVUS_TOKEN = env.str("MILVUS_TOKEN", default="")

# A server that speaks OpenAI's chat API, such as http://localhost:11434/v1; empty: no model, and nothing is ever sent.
LLM_BASE_URL = env.str("LLM_BASE_URL", default="")
LLM_MODEL = env.str("LLM_MODEL", default="")
LLM_API_KEY = env.str("LLM_API_KEY", default="")
# Seconds, to the first words of an answer and to its end, and for resolving a follow-up, which search waits for.
LLM_FIRST_TIMEOUT = env.float("LLM_FIRST_TIMEOUT", default=5.0)
LLM_TIMEOUT = env.float("LLM_TIMEOUT", default=20.0)
LLM_REWRITE_TIMEOUT = env.float("LLM_REWRITE_TIMEOUT", default=3.0)
if LLM_BASE_URL and not (LLM_BASE_URL.startswith(("http://", "https://")) and LLM_MODEL):
    raise ImproperlyConfigured("LLM_BASE_URL needs LLM_MODEL beside it, and begins with http:// or https://.")

# --- tickets ----------------------------------------------------------------------------------------------------
# Days in which the person who asked may open their ticket again, and in which a survey is answered.
REOPEN_DAYS = env.int("REOPEN_DAYS", default=14)
SURVEY_DAYS = env.int("SURVEY_DAYS", default=30)

# --- routing ----------------------------------------------------------------------------------------------------
# Of the tickets that a machine puts into a queue by itself, so large a share may be wrong, by what it learnt lately.
ROUTING_RISK = env.float("ROUTING_RISK", default=0.2)
if not 0 <= ROUTING_RISK < 1:
    raise ImproperlyConfigured(
        f"ROUTING_RISK is {ROUTING_RISK}. Set a share such as 0.2; 0 leaves all to people."
    )

# --- API --------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_standardized_errors.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env.str("API_RATE", default="120/min")},
}
DRF_STANDARDIZED_ERRORS = {"EXCEPTION_HANDLER_CLASS": "config.api_errors.SiteExceptionHandler"}
REST_KNOX = {"TOKEN_TTL": timedelta(days=90)}
STANDARD_ERRORS = "drf_standardized_errors.openapi_serializers"
SPECTACULAR_SETTINGS = {
    "TITLE": "Tier Zero",
    "DESCRIPTION": "Ask, read articles, and open tickets: the same answers and the same visibility as the pages.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # Every kind of error has its own code and type: without names of their own they would get numbered ones.
    "POSTPROCESSING_HOOKS": ["drf_standardized_errors.openapi_hooks.postprocess_schema_enums"],
    "ENUM_NAME_OVERRIDES": {
        "ArticleKindEnum": "kb.models.Article.Kind",
        "FlagReasonEnum": "kb.models.Reason.choices",
        "TicketReasonEnum": "escalation.models.Ticket.Reason",
        "LevelEnum": "escalation.models.routing.LEVELS",
    }
    | {
        name: f"{STANDARD_ERRORS}.{name}.choices"
        for name in (
            "ValidationErrorEnum",
            "ClientErrorEnum",
            "ServerErrorEnum",
            *(f"ErrorCode{status}Enum" for status in (401, 403, 404, 405, 406, 415, 429, 500)),
        )
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "sentence_transformers": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # That a task is due and has come is told by the line that says how it ended.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "faiss.loader": {"level": "WARNING"},
        # Warns that a broker in a folder has no host name.
        "kombu.connection": {"level": "ERROR"},
    },
}
