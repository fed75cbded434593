"""What every Kafka of one machine can do, whichever it is: tests and the local deployment know only this."""

from __future__ import annotations

from typing import Literal, Protocol

Moteur = Literal["embarque", "apache", "conteneur"]


class Kafka(Protocol):
    """One broker. Its address stays the same over restarts."""

    @property
    def bootstrap(self) -> str:
        """host:port for clients."""

    @property
    def moteur(self) -> Moteur: ...

    @property
    def garde_les_messages(self) -> bool:
        """Whether messages survive `tuer` then `relancer`."""

    def arreter(self) -> None:
        """Stop in order, as for maintenance."""

    def tuer(self) -> None:
        """kill -9."""

    def relancer(self) -> None:
        """Start again after `arreter` or `tuer`, on what data is left."""

    def effacer(self) -> None:
        """Lose everything and come back as a new cluster (another cluster id), with the same topics, empty."""

    def fermer(self) -> None:
        """Stop for good and remove what was temporary. Safe to call twice."""
