"""Who may come in, as this service lets it be read: by the member's own organisation and the exploitant too."""

from __future__ import annotations

from services.socle.views import access

projection = access.projection("organisation = faits.organisation() OR faits.a_le_role('exploitant')")
