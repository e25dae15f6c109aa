"""People, roles, courses, enrollment and progress; and the login."""

from migrations_support import run_sql

revision = "api_core_0001"
down_revision = None
branch_labels = ("api_core",)
depends_on = ("kernel_0001",)


def upgrade() -> None:
    run_sql(__file__)
