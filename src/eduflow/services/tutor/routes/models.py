"""The catalogue of models over HTTP."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_201_CREATED

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.runtime import Runtime
from eduflow.kernel.web import Dated, Page, Slice
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.tutor.commands.add_price import AddPrice
from eduflow.services.tutor.problems import PriceBackdated, PriceTaken
from eduflow.services.tutor.queries.models import models
from eduflow.services.tutor.views import Price

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x20]+$(?!\n)")]
PerMillion = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class NewPrice(Dated, kw_only=True):
    """Micros of a US dollar for a million tokens. Without a moment, from now on."""

    provider: Name
    model: Name
    in_micros_per_mtok: PerMillion
    cached_micros_per_mtok: PerMillion
    out_micros_per_mtok: PerMillion
    valid_from: Moment | None = None


@get("/ai/models", guards=[logged_in])
async def catalogue(
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    runtime: NamedDependency[Runtime],
) -> Slice[Price]:
    """The models there is a price for, with the price that holds now."""
    return await models(replica, page=page, now=runtime.clock())


@post(
    "/ai/models",
    status_code=HTTP_201_CREATED,
    guards=[may("ai_model:write")],
    opt={"problems": (PriceBackdated, PriceTaken)},
)
async def add(data: JSONBody[NewPrice], commands: NamedDependency[BoundCommands]) -> Price:
    """Say what a model costs your institution from now on, or from a later moment."""
    return await commands.execute(AddPrice(**msgspec.structs.asdict(data)))
