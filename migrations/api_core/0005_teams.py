"""Teams and what they hand in together; and reviews by peers."""

from migrations_support import run_sql

revision = "api_core_0005"
down_revision = "api_core_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__)
