"""Starts the rivals, each as its documentation says, and stops them again."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from eduflow.embedded.ports import free_ports
from ops.bench.ids import School
from ops.bench.runner import Rival
from ops.bench.site import HOST, Site, process, until_answers


@contextlib.asynccontextmanager
async def running(python: Path | None, site: Site, school: School) -> AsyncIterator[list[Rival]]:
    """Start them, one process of each that answers; none at all without their environment."""
    if python is None:
        yield []
        return
    fastapi, django = free_ports(2)
    environment = {
        "PATH": str(python.parent),
        "HOME": str(site.folder),
        "BENCH_PRIMARY": site.superuser_dsn(standby=False),
        "BENCH_STANDBY": site.superuser_dsn(standby=True),
        "BENCH_INSTITUTION": str(school.institution),
        "DJANGO_SETTINGS_MODULE": "ops.bench.rivals.django_site.settings",
    }
    uvicorn = (
        "-m uvicorn ops.bench.rivals.fastapi_app:app --no-access-log"
        f" --host {HOST} --port {fastapi}"
    )
    gunicorn = (
        f"-m gunicorn ops.bench.rivals.django_site.wsgi --bind {HOST}:{django}"
        " --workers 1 --worker-class gthread --threads 8 --keep-alive 75"
    )
    with (
        process(
            uvicorn.split(), environment, site.folder / "fastapi.log", python=str(python)
        ) as one,
        process(
            gunicorn.split(), environment, site.folder / "django.log", python=str(python)
        ) as two,
    ):
        await until_answers(fastapi, one, path="/health")
        await until_answers(django, two, path="/health")
        yield [
            Rival(name="FastAPI", port=fastapi, pid=one.pid, number=2),
            Rival(name="Django REST", port=django, pid=two.pid, number=3),
        ]
