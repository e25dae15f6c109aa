"""What dashboards count by, and when students see what they were given."""

from migrations_support import run_sql

revision = "api_core_0007"
down_revision = "api_core_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__)
