"""Lets the projector of notifications append: what follows from the others' facts are facts of its own."""

from __future__ import annotations

from alembic import context, op

from deploy.migrations.textes import statements

revision = "faits_0002"
down_revision = "faits_0001"
branch_labels = None
depends_on = None

REAGISSENT = frozenset({"notifications"})


def upgrade() -> None:
    service = context.config.attributes["service"]
    if service in REAGISSENT:
        for statement in statements("faits_0002", service):
            op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Le magasin ne se défait pas : restaurez une sauvegarde.")
