"""What the portal keeps of its own: sessions and drafts, each seen by whom it belongs to."""

from __future__ import annotations

from alembic import context, op

from deploy.migrations.textes import statements

revision = "portail_0001"
down_revision = None
branch_labels = ("portail",)
depends_on = None


def upgrade() -> None:
    for statement in statements("portail_0001", context.config.attributes["service"]):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE portail.brouillons, portail.sessions")
