"""What kinds of organisations there are, which roles their members may hold, and which role manages the others.

An organisation of nature `service` holds the accounts of the services themselves (the clock, the feed). Nobody manages
it from inside: the exploitant does.
"""

from __future__ import annotations

ROLES: dict[str, frozenset[str]] = {
    "bailleur": frozenset({"agent", "responsable"}),
    "association": frozenset({"referent", "coordinateur"}),
    "financeur": frozenset({"analyste"}),
    "collectivite": frozenset({"analyste"}),
    "exploitant": frozenset({"exploitant"}),
    "service": frozenset({"service"}),
}

GESTIONNAIRE: dict[str, str] = {
    "bailleur": "responsable",
    "association": "coordinateur",
    "financeur": "analyste",
    "collectivite": "analyste",
    "exploitant": "exploitant",
}
"""The role that invites, habilitates and removes the members of its own organisation, per nature."""

FINANCENT = frozenset({"financeur", "collectivite", "bailleur", "association"})
"""Natures that may carry a line of a funding plan: a landlord's or an association's own share is a line too."""
