"""Where a worker writes down how it is, for whoever runs the deployment."""

from __future__ import annotations

from alembic import context, op

from deploy.migrations.textes import statements

revision = "faits_0003"
down_revision = "faits_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("faits_0003", context.config.attributes["service"]):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Le magasin ne se défait pas : restaurez une sauvegarde.")
