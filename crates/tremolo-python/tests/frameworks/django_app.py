"""A Django project in one file, with its admin: `application` for ASGI, `wsgi` for WSGI."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import django
from django.conf import settings

FOLDER = Path(os.environ.get("DJANGO_FOLDER") or tempfile.mkdtemp())

settings.configure(
    DEBUG=False,
    SECRET_KEY="a key of the tests",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "database.sqlite"}
    },
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="/static/",
    USE_TZ=True,
)
django.setup()

from django.contrib import admin  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from tremolo import Application  # noqa: E402
from tremolo.asgi import ASGI  # noqa: E402


async def index(request):
    await asyncio.sleep(0)
    return JsonResponse({"path": request.path, "script": request.META["SCRIPT_NAME"]})


@csrf_exempt
def echo(request):
    return HttpResponse(request.body)


def stream(request):
    return StreamingHttpResponse(iter(["one ", "two"]))


urlpatterns = [
    path("", index),
    path("echo", echo),
    path("stream", stream),
    path("admin/", admin.site.urls),
]


application = get_asgi_application()
wsgi = get_wsgi_application()
below = Application()
below.mount("/django", ASGI(application))

if __name__ == "__main__":
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    get_user_model().objects.create_superuser(*sys.argv[1:])
