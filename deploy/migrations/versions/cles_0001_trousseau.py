"""The keys of one service, in the keys' own database."""

from __future__ import annotations

from alembic import context, op

from deploy.migrations.textes import statements

revision = "cles_0001"
down_revision = None
branch_labels = ("cles",)
depends_on = None


def upgrade() -> None:
    for statement in statements("cles_0001", context.config.attributes["service"]):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Le trousseau ne se défait pas : restaurez une sauvegarde.")
