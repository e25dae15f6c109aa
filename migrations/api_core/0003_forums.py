"""Forums, what is unread in them, and notifications with digests."""

from migrations_support import run_sql

revision = "api_core_0003"
down_revision = "api_core_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__)
