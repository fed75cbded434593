"""The time zone of a home: an appointment in Saint-Denis de La Réunion is at its own two o'clock, not at Paris's."""

from __future__ import annotations

PARIS = "Europe/Paris"

_OUTRE_MER = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/Guadeloupe",
    "978": "America/Guadeloupe",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
"""By the first three figures of the INSEE code. Polynesia's Marquesas keep their own half hour, which no code tells."""


def fuseau(commune: str) -> str:
    """The IANA zone of an INSEE commune."""
    return _OUTRE_MER.get(commune[:3], PARIS)
