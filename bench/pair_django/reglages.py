"""Settings of the peer: what its documentation recommends for an API in production, and nothing it does not need."""

from __future__ import annotations

import os

SECRET_KEY = os.environ["PAIR_SECRET"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench.pair_django.urls"
WSGI_APPLICATION = "bench.pair_django.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework.authtoken",
    "simple_history",
    "bench.pair_django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["PAIR_HOST"],
        "PORT": os.environ["PAIR_PORT"],
        "NAME": os.environ["PAIR_BASE"],
        "USER": os.environ["PAIR_ROLE"],
        "PASSWORD": os.environ["PAIR_MOT_DE_PASSE"],
        "CONN_MAX_AGE": None,  # one connection per thread, kept: cheaper than a pool's checkout at every request
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
