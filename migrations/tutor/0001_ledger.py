"""The ledger of what language models cost: prices, prompts, budgets, holds and use."""

from migrations_support import run_sql

revision = "tutor_0001"
down_revision = None
branch_labels = ("tutor",)
depends_on = ("kernel_0001", "standing_0001")


def upgrade() -> None:
    run_sql(__file__)
