"""A project with one app and nothing that this API does not need."""

import os
from urllib.parse import parse_qs, unquote, urlsplit


def _database(variable: str) -> dict[str, object]:
    address = urlsplit(os.environ[variable])
    place = parse_qs(address.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.path.lstrip("/"),
        "USER": address.username,
        "PASSWORD": unquote(address.password or ""),
        "HOST": place["host"][0],
        "PORT": place["port"][0],
        "OPTIONS": {"pool": {"min_size": 2, "max_size": 10}},
    }


DATABASES = {"default": _database("BENCH_PRIMARY"), "standby": _database("BENCH_STANDBY")}
DEBUG = False
SECRET_KEY = "of the bench, and of nothing else: 0123456789abcdef"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptPasswordHasher"]
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "ops.bench.rivals.django_site.api"
INSTALLED_APPS = ["ops.bench.rivals.django_site", "rest_framework"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
