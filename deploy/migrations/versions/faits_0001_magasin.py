"""The event store's tables, functions, row-level security and grants, the same in every service's database."""

from __future__ import annotations

from alembic import context, op

from deploy.migrations.textes import statements

revision = "faits_0001"
down_revision = None
branch_labels = ("faits",)
depends_on = None


def upgrade() -> None:
    for statement in statements("faits_0001", context.config.attributes["service"]):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Le magasin ne se défait pas : restaurez une sauvegarde.")
