"""Say what a model costs one's own institution from a moment on."""

from datetime import datetime

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.tutor.ids import PriceId
from eduflow.services.tutor.problems import PriceBackdated
from eduflow.services.tutor.views import Price


class AddPrice(Command[Price], frozen=True, kw_only=True):
    """Prices are never changed, only followed by newer ones. None: from now on."""

    provider: str
    model: str
    in_micros_per_mtok: int
    cached_micros_per_mtok: int
    out_micros_per_mtok: int
    valid_from: datetime | None


_INSERT = (
    "INSERT INTO model_catalogue (id, institution_id, provider, model, in_micros_per_mtok,"
    " cached_micros_per_mtok, out_micros_per_mtok, valid_from)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE {allowed}"
)


async def add_price(command: AddPrice, work: UnitOfWork) -> Price:
    since = command.valid_from or work.now
    if since < work.now:
        raise PriceBackdated(now=work.now)
    price = Price(
        id=PriceId(new_id()),
        provider=command.provider,
        model=command.model,
        in_micros_per_mtok=command.in_micros_per_mtok,
        cached_micros_per_mtok=command.cached_micros_per_mtok,
        out_micros_per_mtok=command.out_micros_per_mtok,
        currency="USD",
        valid_from=since,
        own=True,
    )
    work.write(
        _INSERT,
        price.id,
        work.identity.institution,
        price.provider,
        price.model,
        price.in_micros_per_mtok,
        price.cached_micros_per_mtok,
        price.out_micros_per_mtok,
        price.valid_from,
    )
    return price
