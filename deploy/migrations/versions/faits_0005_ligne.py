"""The type of what an append is told: one array of rows instead of one array for each column. Touches no table."""

from __future__ import annotations

from alembic import context, op

from deploy.migrations.textes import statements

revision = "faits_0005"
down_revision = "faits_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("faits_0005", context.config.attributes["service"]):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Le magasin ne se défait pas : restaurez une sauvegarde.")
