"""Who has which seat and role: a copy of what api_core tells, in each database beside its own."""

from migrations_support import run_sql

revision = "standing_0001"
down_revision = None
branch_labels = ("standing",)
depends_on = ("kernel_0001",)


def upgrade() -> None:
    run_sql(__file__)
