"""The accounts of a local deployment: two landlords, two associations, two funders, and who works for them.

Made through the services' own API, as a real deployment's would be. A second run finds them there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Self
from uuid import UUID, uuid5

import httpx
from msgspec import Struct

from deploy.machine.poste import Poste
from deploy.terminal import Impossible
from jeu import partenaires as g
from jeu.gens import MEMBRES, ORGANISATIONS
from jeu.geste import Geste

NAMESPACE = UUID("0a6a4f0e-6d5c-4a0e-9b1b-6e0d9c0b7a11")

EXPLOITANT = "exploitant"
ESSAIS = 3
CONNEXIONS = httpx.Limits(keepalive_expiry=2.0)
"""A connection is left before the server, after five seconds, closes it under the next request."""
UNE_SEMAINE = 7 * 86400


class Compte(Struct, frozen=True):
    """`jeton`: bearer token; `organisation` and `membre`: ids."""

    jeton: str
    organisation: UUID
    membre: UUID
    role: str
    nom_organisation: str


class DemandeRefusee(Impossible):
    """A service said no. `code` is its stable reason; the message its French sentence."""

    def __init__(self, compte: str, reponse: httpx.Response) -> None:
        probleme = reponse.json() if "json" in reponse.headers.get("content-type", "") else {}
        self.code = str(probleme.get("code", reponse.status_code))
        champs = [f"{c['chemin']} : {c['detail']}" for c in probleme.get("champs") or ()]
        detail = " ".join([probleme.get("detail", reponse.reason_phrase), *champs])
        super().__init__(f"{compte} demande {reponse.url}, qui répond : {detail}")


class Api:
    """Calls the services in an account's name."""

    def __init__(self, urls: Mapping[str, str], poste: Poste) -> None:
        self._urls, self._poste = urls, poste
        self._client = httpx.AsyncClient(timeout=30, limits=CONNEXIONS)
        self._jetons: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def une_fois(self, compte: str, service: str, chemin: str, corps: Any, quoi: str) -> dict[str, Any]:
        """POST a command under an id made from `quoi`: repeated, it changes nothing. Raises DemandeRefusee."""
        cle = {"Idempotency-Key": str(uuid5(NAMESPACE, quoi))}
        url = f"{self._urls[service]}/v1{chemin}"
        reponse = await self._demander("POST", url, compte, json=corps, headers=self._en_tetes(compte) | cle)
        answer: dict[str, Any] = reponse.json()
        return answer

    async def faire(self, compte: str, geste: Geste[Any], quoi: str, sur: object = None) -> dict[str, Any]:
        """`une_fois`, for a gesture done to `sur`."""
        return await self.une_fois(compte, geste.service, geste.chemin(sur), geste.corps, quoi)

    async def lire(self, compte: str, service: str, chemin: str, **params: Any) -> Any:
        """GET a view. Raises DemandeRefusee."""
        url = f"{self._urls[service]}/v1{chemin}"
        return (await self._demander("GET", url, compte, params=params, headers=self._en_tetes(compte))).json()

    async def liste(self, compte: str, service: str, chemin: str, **params: Any) -> list[dict[str, Any]]:
        """All pages of a list. Raises DemandeRefusee."""
        elements: list[dict[str, Any]] = []
        apres: dict[str, str] = {}
        while True:
            page = await self.lire(compte, service, chemin, limite=200, **params, **apres)
            elements += page["elements"]
            if not page["suivant"]:
                return elements
            apres = {"apres": page["suivant"]}

    async def avancer(self, jours: int) -> None:
        """Move the simulated clock; what falls due on the way is done when this returns. Raises DemandeRefusee."""
        # Asked once only: nobody could tell a second time from another day.
        await self._demander("POST", f"{self._poste.url}/avancer", "l'horloge", 1, json={"jours": jours}, timeout=600)

    async def _demander(
        self, methode: str, url: str, compte: str, essais: int = ESSAIS, **options: Any
    ) -> httpx.Response:
        """The answer. Raises DemandeRefusee, Impossible."""
        reponse = await self._envoyer(methode, url, essais, **options)
        if reponse.is_error:
            raise DemandeRefusee(compte, reponse)
        return reponse

    async def _envoyer(self, methode: str, url: str, essais: int = ESSAIS, **options: Any) -> httpx.Response:
        """The answer, whatever it says; asked again when the connection broke. Raises Impossible."""
        while True:
            essais -= 1
            try:
                return await self._client.request(methode, url, **options)
            except httpx.HTTPError as error:
                if not essais:
                    raise Impossible(f"{url} ne répond plus ({type(error).__name__}).") from error
                await asyncio.sleep(0.1)

    async def attendre(self, compte: str, service: str, chemin: str = "/moi", delai: float = 60.0) -> None:
        """Until `service` shows the account this page: facts of one service reach the others over Kafka.

        Raises TimeoutError.
        """
        url = f"{self._urls[service]}/v1{chemin}"
        try:
            async with asyncio.timeout(delai):
                while (await self._envoyer("GET", url, headers=self._en_tetes(compte))).status_code != 200:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise TimeoutError(f"{service} ne montre pas {chemin} à {compte} après {delai:.0f} s.") from None

    def _en_tetes(self, compte: str) -> dict[str, str]:
        jeton = self._jetons.get(compte) or self._jetons.setdefault(compte, self._poste.emetteur.jeton(compte))
        return {"Authorization": f"Bearer {jeton}"}


async def installer_comptes(urls: Mapping[str, str], poste: Poste) -> dict[str, Compte]:
    """Register the organisations and their members; answers the accounts once every service knows them."""
    async with Api(urls, poste) as api:
        await api.attendre(EXPLOITANT, "partenaires")
        inscrites = await asyncio.gather(*(_inscrire(api, poste, cle) for cle in ORGANISATIONS))
        organisations = dict(zip(ORGANISATIONS, inscrites, strict=True))
        membres = await _habiliter_tous(api, organisations)
        moi = await api.lire(EXPLOITANT, "partenaires", "/moi")
        await asyncio.gather(*(api.attendre(compte, service) for service in urls for compte in (*MEMBRES, EXPLOITANT)))
    comptes = {
        compte: _compte(poste, compte, organisations[cle], membres[compte], role, ORGANISATIONS[cle][0])
        for compte, (cle, role, _) in MEMBRES.items()
    }
    organisation, membre = UUID(moi["organisation"]), UUID(moi["membre"])
    return comptes | {EXPLOITANT: _compte(poste, EXPLOITANT, organisation, membre, EXPLOITANT, "Exploitant")}


async def _inscrire(api: Api, poste: Poste, cle: str) -> UUID:
    nom, nature, commune = ORGANISATIONS[cle]
    geste = g.inscrire(nom, nature, poste.emetteur.issuer, commune)
    return UUID((await api.faire(EXPLOITANT, geste, f"org:{cle}"))["id"])


async def _habiliter_tous(api: Api, organisations: Mapping[str, UUID]) -> dict[str, UUID]:
    """The managers first, by the exploitant; each then lets in the others of its organisation."""
    gestionnaires: dict[str, str] = {}
    for compte, (cle, _, _) in MEMBRES.items():
        gestionnaires.setdefault(cle, compte)
    premiers = list(gestionnaires.values())
    autres = [compte for compte in MEMBRES if compte not in premiers]
    ids = await asyncio.gather(*(_habiliter(api, EXPLOITANT, compte, organisations) for compte in premiers))
    ids += await asyncio.gather(
        *(_habiliter(api, gestionnaires[MEMBRES[compte][0]], compte, organisations) for compte in autres)
    )
    return dict(zip([*premiers, *autres], ids, strict=True))


async def _habiliter(api: Api, par: str, compte: str, organisations: Mapping[str, UUID]) -> UUID:
    cle, role, nom = MEMBRES[compte]
    chez = organisations[cle]
    invite = await api.faire(par, g.inviter_membre(nom), f"inviter:{compte}", chez)
    await api.faire(par, g.habiliter_membre(invite["membre"], compte, [role]), f"habiliter:{compte}", chez)
    return UUID(invite["membre"])


def _compte(poste: Poste, compte: str, organisation: UUID, membre: UUID, role: str, nom: str) -> Compte:
    return Compte(poste.emetteur.jeton(compte, UNE_SEMAINE), organisation, membre, role, nom)
