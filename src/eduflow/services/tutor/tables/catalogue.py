"""What models cost, and the prompts they are asked with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, refers
from eduflow.services.tutor.tables.base import Big, Tutor, in_the_ledgers_currency


class ModelCatalogue(Keyed, Tutor):
    """Dated prices. A row is never changed: a new price is a newer row, and the old one explains old costs."""  # noqa: E501 (word for word)

    institution_id: Mapped[UUID | None] = mapped_column(
        comment="NULL: the installation's list price. An institution's own price goes before it."
    )
    provider: Mapped[str]
    model: Mapped[str] = mapped_column(
        comment="* stands for every model of the provider that has no row of its own."
    )
    in_micros_per_mtok: Mapped[Big]
    cached_micros_per_mtok: Mapped[Big]
    out_micros_per_mtok: Mapped[Big]
    currency: Mapped[str] = mapped_column(server_default="USD")
    valid_from: Mapped[datetime]

    __table_args__ = (
        in_the_ledgers_currency("model_catalogue"),
        CheckConstraint(
            "in_micros_per_mtok >= 0 AND cached_micros_per_mtok >= 0 AND out_micros_per_mtok >= 0",
            name="model_catalogue_prices_are_not_negative",
        ),
        UniqueConstraint(
            *("provider", "model", "institution_id", "valid_from"),
            name="model_catalogue_one_price_at_a_time",
            postgresql_nulls_not_distinct=True,
        ),
    )


class PromptTemplates(Keyed, Tutor):
    """Prompts by name. They are the platform's own text, of no institution and about nobody."""

    key: Mapped[str]
    owner: Mapped[str] = mapped_column(comment="The service that first used it.")
    purpose: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("key", name="prompt_templates_key_once"),)


class PromptVersions(Keyed, Tutor):
    """Every text a prompt ever had. Results cite the version; it is never changed."""

    template_id: Mapped[UUID]
    number: Mapped[int]
    sha256: Mapped[bytes]
    body: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (
        refers("template_id", to="prompt_templates"),
        CheckConstraint("number > 0", name="prompt_versions_begin_at_one"),
        CheckConstraint(
            "sha256 = sha256(convert_to(body, 'UTF8'))", name="prompt_versions_hash_is_of_the_body"
        ),
        UniqueConstraint("template_id", "number", name="prompt_versions_number_once"),
        UniqueConstraint("template_id", "sha256", name="prompt_versions_text_once"),
    )
