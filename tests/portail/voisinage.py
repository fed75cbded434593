"""Further organisations for a test that changes what everybody sees: the folder's own two networks stay as they are."""

from __future__ import annotations

from datetime import date

from deploy.machine.fournisseur import CompteAffiche
from jeu import partenaires as g
from jeu.gens import Equipe
from tests.monde import DEBUT
from tests.portail.conftest import Lieu

MEMBRES = {
    "bailleur": {"responsable": "responsable", "agent": "agent"},
    "association": {"coordinateur": "coordinateur"},
    "financeur": {"analyste": "analyste"},
}


async def voisins(lieu: Lieu, nom: str) -> None:
    """`<nom>-bailleur`, `<nom>-association` and `<nom>-financeur`, whose accounts dossiers knows; nothing between them."""
    reseau, m = lieu.reseau, lieu.monde
    for nature, comptes in MEMBRES.items():
        chez, par = f"{nom}-{nature}", "exploitant"
        reseau.organisations[chez] = await reseau.geste("exploitant", g.inscrire(chez, nature, m.poste.url))
        for compte, role in comptes.items():
            sujet = f"{chez}.{compte}"
            reseau.membres[sujet] = await reseau.habiliter(par, reseau.organisations[chez], sujet, role)
            par = f"{chez}.{next(iter(comptes))}"
            m.poste.comptes.append(CompteAffiche(sujet, chez, role))
            await m.attendre(sujet, "/v1/moi")


async def dispositif(lieu: Lieu, nom: str) -> str:
    """A dispositif of that landlord; answers its id."""
    return await lieu.reseau.geste(f"{nom}-bailleur.responsable", g.ouvrir_dispositif(f"Insertion {nom}"))


async def proposee(lieu: Lieu, nom: str, places: int, signee: bool = False, fin: str = "2026-12-31") -> str:
    """A convention between the two, signed by both if asked; answers its id."""
    o, r, poses, equipe = lieu.reseau.organisations, lieu.reseau, lieu.reseau.poses, voisines(nom)
    pose = poses[f"dispositif.{equipe.bailleur}"] = await dispositif(lieu, nom)
    termes = g.proposer(pose, o[equipe.bailleur], o[equipe.association], places, DEBUT, date.fromisoformat(fin))
    convention = await r.geste(equipe.responsable, termes)
    if signee:
        for sujet in (equipe.responsable, equipe.coordinateur):
            await r.geste(sujet, g.signer(), convention)
            await lieu.monde.lire(sujet, "/v1/moi")
        await lieu.monde.attendre(equipe.agent, f"/v1/conventions/{convention}/places")
    return convention


def voisines(nom: str) -> Equipe:
    return Equipe(f"{nom}-bailleur", f"{nom}-association", f"{nom}-financeur")
