"""The journal of who opened which dossier, in the service that shows them."""

from __future__ import annotations

from alembic import context, op

from deploy.migrations.textes import statements

revision = "faits_0004"
down_revision = "faits_0003"
branch_labels = None
depends_on = None

MONTRENT = frozenset({"dossiers"})


def upgrade() -> None:
    service = context.config.attributes["service"]
    if service in MONTRENT:
        for statement in statements("faits_0004", service):
            op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("Le magasin ne se défait pas : restaurez une sauvegarde.")
