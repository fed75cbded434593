"""Further organisations for a test that changes what everybody sees: the folder's own two networks stay as they are."""

from __future__ import annotations

from deploy.machine.fournisseur import CompteAffiche
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
        inscrire = {"nom": chez, "nature": nature, "commune": "17415", "emetteur": m.poste.url}
        reseau.organisations[chez] = (await reseau.faire("exploitant", "organisations/inscrire", inscrire))["id"]
        for compte, role in comptes.items():
            sujet = f"{chez}.{compte}"
            reseau.membres[sujet] = await reseau.habiliter(par, reseau.organisations[chez], sujet, role)
            par = f"{chez}.{next(iter(comptes))}"
            m.poste.comptes.append(CompteAffiche(sujet, chez, role))
            await m.attendre(sujet, "/v1/moi")


async def dispositif(lieu: Lieu, nom: str) -> str:
    """A dispositif of that landlord; answers its id."""
    ouvert = await lieu.reseau.faire(
        f"{nom}-bailleur.responsable",
        "dispositifs/ouvrir",
        {
            "nom": f"Insertion {nom}",
            "publics": ["sans_domicile"],
            "themes": ["vivre_ensemble"],
            "regles": {"periodicite_mois": 2, "delai_reponse_jours": 15},
        },
    )
    return str(ouvert["id"])


async def proposee(lieu: Lieu, nom: str, places: int, signee: bool = False, fin: str = "2026-12-31") -> str:
    """A convention between the two, signed by both if asked; answers its id."""
    o, r, poses = lieu.reseau.organisations, lieu.reseau, lieu.reseau.poses
    poses[f"dispositif.{nom}-bailleur"] = await dispositif(lieu, nom)
    termes = {
        "dispositif": poses[f"dispositif.{nom}-bailleur"], "bailleur": o[f"{nom}-bailleur"],
        "association": o[f"{nom}-association"], "places": places, "debut": "2026-01-05", "fin": fin,
    }  # fmt: skip
    convention = str((await r.faire(f"{nom}-bailleur.responsable", "conventions/proposer", termes))["id"])
    if signee:
        for sujet in (f"{nom}-bailleur.responsable", f"{nom}-association.coordinateur"):
            await r.faire(sujet, f"conventions/{convention}/signer")
            await lieu.monde.lire(sujet, "/v1/moi")
        await lieu.monde.attendre(f"{nom}-bailleur.agent", f"/v1/conventions/{convention}/places")
    return convention
