"""The page of whoever runs the deployment: what answers, what is late and behind what. Never a case."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from msgspec import Struct

from services.portail.api import Indisponible
from services.portail.effaceur import LECTEUR
from services.portail.libelles import Etat, duree, pluriel
from services.portail.visite import LaVisite, Visite
from services.socle import health as etat
from services.socle.base.calendar import PARIS

routes = APIRouter()

SERVICES = {"dossiers": "Dossiers", "partenaires": "Partenaires", "notifications": "Notifications"}
ICI = "portail"
_LIBELLES = {**SERVICES, ICI: "Pages"}

ATTENTES = {
    "trou": "un fait qui le précède n’est pas arrivé",
    "poison": "un fait n’a pas pu être lu",
    "derriere": "il suit un fait qui attend",
}
"""Why a stream waits, in words."""

_LENTE = 60.0
"""Seconds after which a transaction is worth a look: no request of ours is allowed to last as long."""


class Ligne(Struct, frozen=True):
    """A service as the page shows it. `vu`: what it answered, None when it did not."""

    nom: str
    vu: dict[str, Any] | None
    etat: Etat
    conseil: str = ""

    @property
    def libelle(self) -> str:
        return _LIBELLES[self.nom]

    @property
    def travail(self) -> dict[str, Any] | None:
        return self.vu["travail"] if self.vu else None


@routes.get("/etat")
async def etat_du_systeme(visite: LaVisite) -> Response:
    """Every service asked at once; one that does not answer is a line of the page, not its end."""
    visite.reserver("exploitant")
    reponses = await asyncio.gather(*(_demander(visite, nom) for nom in SERVICES), _des_pages(visite))
    lignes = [_ligne(nom, vu) for nom, vu in zip(_LIBELLES, reponses, strict=True)]
    return visite.page(
        "etat.html",
        lignes=lignes,
        soucis=[ligne for ligne in lignes if ligne.conseil],
        gares=[ligne for ligne in lignes if ligne.travail and ligne.travail["gares"]["flux"]],
        retard=retard,
        attentes=ATTENTES,
        lente=_LENTE,
        mesure=datetime.now(UTC).astimezone(PARIS),
    )


async def _demander(visite: Visite, service: str) -> dict[str, Any] | None:
    try:
        vu: dict[str, Any] = await visite.api.lire(service, "/etat")
    except Indisponible:
        return None
    return vu


async def _des_pages(visite: Visite) -> dict[str, Any]:
    """The portal's own worker, which has no API to be asked through."""
    async with visite.les.sessions.regard() as connection:
        await connection.execute("SELECT set_config('maillage.roles', $1, true)", ",".join(visite.personne.roles))
        dit = await connection.fetchrow(
            """SELECT mesures, mesure_le, extract(epoch FROM clock_timestamp() - mesure_le) AS age_s
                 FROM faits.etats WHERE lecteur = $1""",
            LECTEUR,
        )
        postgres = await connection.fetchval("SELECT current_setting('server_version')")
    return etat.presenter(ICI, postgres, dict(dit) if dit else None)


def _ligne(nom: str, vu: dict[str, Any] | None) -> Ligne:
    """What is wrong first, with what to do about it."""
    relancer = f"« maillage servir {nom} --partie travail »"
    if vu is None:
        return Ligne(nom, vu, Etat("Ne répond pas", "mal"), f"relancez le service, et lisez son journal ({nom}).")
    travail = vu["travail"]
    if travail is None:
        return Ligne(nom, vu, Etat("Travail jamais vu", "mal"), f"lancez son travail : {relancer}.")
    if not travail["vivant"]:
        silence = f"Travail muet depuis {duree(travail['age_s'])}"
        return Ligne(nom, vu, Etat(silence, "mal"), f"relancez son travail : {relancer}.")
    if travail["gares"]["flux"]:
        combien = pluriel(travail["gares"]["flux"], "suite")
        reprendre = (
            "lisez le journal des pages" if nom == ICI else f"une fois la cause levée, « maillage rejouer {nom} »"
        )
        return Ligne(nom, vu, Etat(f"{combien} à l’arrêt", "mal"), f"{reprendre}.")
    if travail["plus_vieille_transaction_s"] > _LENTE:
        conseil = "cherchez qui tient cette transaction ouverte : tous les lecteurs attendent derrière elle."
        return Ligne(nom, vu, Etat("Transaction trop longue", "mal"), conseil)
    return Ligne(nom, vu, Etat("En marche", "bien"))


def retard(mesure: dict[str, Any] | None) -> str:
    """« à jour », « 12 faits », « au moins 1 000 faits »; a dash where it is not measured."""
    if mesure is None:
        return "–"
    if not mesure["derriere"]:
        return "à jour"
    combien = pluriel(mesure["derriere"], "fait")
    return f"au moins {combien}" if mesure["derriere"] >= mesure["plafond"] else combien
