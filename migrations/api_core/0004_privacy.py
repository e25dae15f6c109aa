"""What people may ask for: what is known of them, to take along; and to be forgotten."""

from migrations_support import run_sql

revision = "api_core_0004"
down_revision = "api_core_0003"
branch_labels = None
depends_on = ("kernel_0002",)


def upgrade() -> None:
    run_sql(__file__)
