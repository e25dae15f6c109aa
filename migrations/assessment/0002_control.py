"""Whether a model claimed of an answer what no answer contains."""

from migrations_support import run_sql

revision = "assessment_0002"
down_revision = "assessment_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(__file__)
