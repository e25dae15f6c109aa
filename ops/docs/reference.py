"""The OpenAPI document of the whole platform, from its routes; no server is needed for it."""

import asyncio
import json
from typing import Any

from eduflow.app import Doors, create_app
from eduflow.kernel.bell import Bell, open_broker
from eduflow.kernel.clock import utc_now
from eduflow.kernel.db.pools import Database
from eduflow.kernel.runtime import Runtime
from eduflow.kernel.settings import read_settings
from eduflow.kernel.web import openapi_document
from eduflow.services import load_services


def openapi_page() -> str:
    """As `GET /api/openapi.json` of the gateway answers."""
    return json.dumps(asyncio.run(_document()), indent=1, ensure_ascii=False) + "\n"


async def _document() -> Any:
    services = load_services()
    nowhere = "postgresql://127.0.0.1:1/nowhere"
    environment = {
        f"EDUFLOW_{s.database.upper()}_{kind}": nowhere
        for s in services
        for kind in ("DSN", "WORKER_DSN")
    }
    settings = read_settings(environment)
    databases = {
        s.database: await Database.open(s.database, settings, worker=False) for s in services
    }
    runtime = Runtime(
        settings, services, databases=databases, bell=Bell(open_broker(settings)), clock=utc_now
    )
    doors = Doors.make(runtime)
    try:
        app = create_app(runtime, services, doors=doors, name="gateway", title="EduFlow")
        return openapi_document(app)
    finally:
        await doors.close()
        for database in databases.values():
            await database.close()
        runtime.bell.close()
