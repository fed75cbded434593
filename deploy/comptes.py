"""The accounts of a local deployment: two landlords, two associations, two funders, and who works for them.

Made through the services' own API, as a real deployment's would be. A second run finds them there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any, Self
from uuid import UUID, uuid5

import httpx
from msgspec import Struct

from deploy.poste import Poste

NAMESPACE = UUID("0a6a4f0e-6d5c-4a0e-9b1b-6e0d9c0b7a11")

ORGANISATIONS = {
    "semis": ("SEMIS", "bailleur", "17415"),
    "tremplin17": ("Tremplin 17", "association", "17415"),
    "etat": ("État, services du logement", "financeur", "17300"),
    "autre-bailleur": ("Autre bailleur", "bailleur", "33063"),
    "autre-association": ("Autre association", "association", "33063"),
    "autre-financeur": ("Autre financeur", "financeur", "33063"),
}
"""Key → name, nature, commune. Those named « autre » share nothing with the first three."""

MEMBRES = {
    "semis.responsable": ("semis", "responsable"),
    "semis.agent": ("semis", "agent"),
    "tremplin17.coordinateur": ("tremplin17", "coordinateur"),
    "tremplin17.referent": ("tremplin17", "referent"),
    "tremplin17.referent2": ("tremplin17", "referent"),
    "etat.analyste": ("etat", "analyste"),
    "autre-bailleur.responsable": ("autre-bailleur", "responsable"),
    "autre-bailleur.agent": ("autre-bailleur", "agent"),
    "autre-association.coordinateur": ("autre-association", "coordinateur"),
    "autre-association.referent": ("autre-association", "referent"),
    "autre-financeur.analyste": ("autre-financeur", "analyste"),
}
"""Account → organisation, role. An organisation's first is its manager, who lets in the others."""


class Compte(Struct, frozen=True):
    """`jeton`: bearer token; `organisation` and `membre`: ids."""

    jeton: str
    organisation: UUID
    membre: UUID
    role: str
    nom_organisation: str


class Api:
    """Calls the services in an account's name. `une_fois` repeats safely: its command id comes from what it says."""

    def __init__(self, urls: Mapping[str, str], poste: Poste) -> None:
        self._urls, self._poste = urls, poste
        self._client = httpx.AsyncClient(timeout=30)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    def _en_tetes(self, compte: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._poste.emetteur.jeton(compte)}"}

    async def une_fois(self, compte: str, service: str, chemin: str, corps: Any, quoi: str) -> dict[str, Any]:
        """POST a command under an id made from `quoi`. Raises RuntimeError with the service's sentence."""
        headers = {**self._en_tetes(compte), "Idempotency-Key": str(uuid5(NAMESPACE, quoi))}
        reponse = await self._client.post(f"{self._urls[service]}/v1{chemin}", json=corps, headers=headers)
        if reponse.is_error:
            raise RuntimeError(f"{chemin} : {reponse.text}")
        answer: dict[str, Any] = reponse.json()
        return answer

    async def lire(self, compte: str, service: str, chemin: str, **params: Any) -> Any:
        reponse = await self._client.get(
            f"{self._urls[service]}/v1{chemin}", params=params, headers=self._en_tetes(compte)
        )
        reponse.raise_for_status()
        return reponse.json()

    async def reconnu(self, compte: str, service: str) -> bool:
        """Whether `service` lets the account in already: its facts reach the others over Kafka."""
        reponse = await self._client.get(f"{self._urls[service]}/v1/moi", headers=self._en_tetes(compte))
        return reponse.status_code == 200

    async def attendre(self, compte: str, service: str, delai: float = 20.0) -> None:
        """Until `service` knows the account. Raises TimeoutError."""
        async with asyncio.timeout(delai):
            while not await self.reconnu(compte, service):
                await asyncio.sleep(0.02)


async def installer_comptes(urls: Mapping[str, str], poste: Poste, le: date) -> dict[str, Compte]:
    """Register the organisations and their members; answers the accounts once every service knows them."""
    comptes: dict[str, Compte] = {}
    async with Api(urls, poste) as api:
        await api.attendre("exploitant", "partenaires")
        organisations: dict[str, UUID] = {}
        for cle, (nom, nature, commune) in ORGANISATIONS.items():
            corps = {"nom": nom, "nature": nature, "commune": commune, "emetteur": poste.url}
            inscrite = await api.une_fois("exploitant", "partenaires", "/organisations/inscrire", corps, f"org:{cle}")
            organisations[cle] = UUID(inscrite["id"])
        premiers: dict[str, str] = {}
        for compte, (cle, role) in MEMBRES.items():
            par = premiers.setdefault(cle, compte)
            par = "exploitant" if par == compte else par
            await api.attendre(par, "partenaires")
            chemin = f"/organisations/{organisations[cle]}"
            invite = await api.une_fois(
                par, "partenaires", f"{chemin}/inviter-membre", {"nom": compte}, f"inviter:{compte}"
            )
            habiliter = {"membre": invite["membre"], "sujet": compte, "roles": [role]}
            await api.une_fois(par, "partenaires", f"{chemin}/habiliter-membre", habiliter, f"habiliter:{compte}")
            comptes[compte] = _compte(poste, compte, organisations[cle], UUID(invite["membre"]), role, cle)
        moi = await api.lire("exploitant", "partenaires", "/moi")
        comptes["exploitant"] = Compte(
            poste.emetteur.jeton("exploitant", 7 * 86400), UUID(moi["organisation"]), UUID(moi["membre"]), "exploitant",
            "Exploitant",
        )  # fmt: skip
        for service in urls:
            await asyncio.gather(*(api.attendre(compte, service) for compte in comptes))
    return comptes


def _compte(poste: Poste, compte: str, organisation: UUID, membre: UUID, role: str, cle: str) -> Compte:
    return Compte(poste.emetteur.jeton(compte, 7 * 86400), organisation, membre, role, ORGANISATIONS[cle][0])
