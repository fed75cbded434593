"""Two networks that share nothing, set up through the API alone: what every HTTP test of partenaires stands on."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from msgspec import Struct

from contracts import partenaires as p
from jeu import partenaires as g
from jeu.gens import Equipe
from jeu.geste import Geste
from services.partenaires.amorce import Compte, Installation, Installee, amorcer
from services.socle.base.calendar import PARIS
from tests.monde import DEBUT, Monde

MOTIF = "Secrète"
"""Part of every member's name: it must never reach another organisation."""

MEMBRES = {
    "semis": ("bailleur", {"responsable": "responsable", "agent": "agent"}),
    "tremplin17": ("association", {"coordinateur": "coordinateur", "referent": "referent"}),
    "etat": ("financeur", {"analyste": "analyste"}),
    "autre-bailleur": ("bailleur", {"responsable": "responsable", "agent": "agent"}),
    "autre-association": ("association", {"coordinateur": "coordinateur", "referent": "referent"}),
    "autre-financeur": ("financeur", {"analyste": "analyste"}),
}


class Reseau(Struct, frozen=True):
    """The ids of what was set up. `poster` and `lire` speak as the account `sujet` (« semis.agent »)."""

    monde: Monde
    installee: Installee
    organisations: dict[str, str] = {}
    membres: dict[str, str] = {}
    poses: dict[str, str] = {}

    async def poster(self, sujet: str, chemin: str, corps: Any = None, **en_tetes: str) -> httpx.Response:
        headers = {"Idempotency-Key": str(uuid4()), **self.monde.jeton(sujet), **en_tetes}
        return await self.monde.clients["partenaires"].post(f"/v1/{chemin}", json=corps or {}, headers=headers)

    async def lire(self, sujet: str, chemin: str, **params: Any) -> httpx.Response:
        headers = self.monde.jeton(sujet)
        return await self.monde.clients["partenaires"].get(f"/v1/{chemin}", params=params, headers=headers)

    async def faire(self, sujet: str, chemin: str, corps: Any = None) -> Any:
        """As `poster`; the command must succeed, and the views show it before this answers."""
        reponse = await self.poster(sujet, chemin, corps)
        assert reponse.status_code in (200, 201), f"{chemin}: {reponse.status_code} {reponse.text}"
        effet = reponse.json()
        quoi = chemin.split("/")[0]
        vu = await self.lire(sujet, f"{quoi}/{effet['id']}", au_moins=effet["version"])
        assert vu.status_code == 200, vu.text
        assert "maillage-perime" not in vu.headers
        return effet

    async def geste(self, sujet: str, geste: Geste[Any], sur: object = None) -> str:
        """`faire`, for a gesture done to `sur`; answers the id."""
        return str((await self.faire(sujet, geste.chemin(sur).lstrip("/"), geste.corps))["id"])

    async def habiliter(self, par: str, organisation: str, sujet: str, *roles: str) -> str:
        """Invite and habilitate; answers the member's id."""
        chez = f"organisations/{organisation}"
        invite = await self.faire(par, f"{chez}/inviter-membre", {"nom": f"{MOTIF} {sujet}", "courriel": f"{MOTIF}@x"})
        await self.faire(
            par, f"{chez}/habiliter-membre", {"membre": invite["membre"], "sujet": sujet, "roles": list(roles)}
        )
        return str(invite["membre"])


async def installer(monde: Monde) -> Reseau:
    """The exploitant and the clock's account, then every organisation with its members."""
    installation = Installation(
        "Maillage",
        "17415",
        monde.poste.url,
        (Compte(f"{MOTIF} exploitant", "exploitant"),),
        (Compte("Horloge", "horloge"),),
    )
    moyens = monde.apps["partenaires"].state.moyens
    instant = datetime(DEBUT.year, DEBUT.month, DEBUT.day, 9, tzinfo=PARIS).astimezone(UTC)
    reseau = Reseau(monde, await amorcer(moyens.handler, moyens.dehors, installation, instant))
    await _jusqu_a_ce_qu_il_entre(reseau, "exploitant")
    for nom, (nature, comptes) in MEMBRES.items():
        organisation = await reseau.geste("exploitant", g.inscrire(nom, nature, monde.poste.url))
        reseau.organisations[nom] = organisation
        par = "exploitant"
        for compte, role in comptes.items():
            reseau.membres[f"{nom}.{compte}"] = await reseau.habiliter(par, organisation, f"{nom}.{compte}", role)
            par = f"{nom}.{next(iter(comptes))}"
    return reseau


async def _jusqu_a_ce_qu_il_entre(reseau: Reseau, sujet: str) -> None:
    for _ in range(400):
        reponse = await reseau.lire(sujet, "moi")
        if reponse.status_code == 200:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{sujet}: {reponse.status_code} {reponse.text}")


async def convenir(reseau: Reseau, bailleur: str, association: str, financeur: str) -> str:
    """A dispositif, a convention signed by both, and the funding plan of Saintes; answers the convention's id."""
    o, equipe = reseau.organisations, Equipe(bailleur, association, financeur)
    lignes = [
        p.LigneDeFinancement(UUID(o[qui]), source, euros * 100)
        for qui, source, euros in (
            (bailleur, "part_bailleur", 20_000), (financeur, "avdl", 7_000), (financeur, "appel_a_projets", 20_000),
        )
    ]  # fmt: skip
    accord = await g.convenir(
        reseau.geste, equipe, o, g.ouvrir_dispositif(f"Insertion {bailleur}"), g.financer(2026, *lignes), DEBUT,
        date(2026, 12, 31),
    )  # fmt: skip
    dispositif, convention = str(accord.dispositif), str(accord.convention)
    reseau.poses[f"dispositif.{bailleur}"], reseau.poses[f"convention.{bailleur}"] = dispositif, convention
    return convention
