"""Who may come in: here only the sign-in check looks."""

from __future__ import annotations

from services.socle.views import access

projection = access.projection()
