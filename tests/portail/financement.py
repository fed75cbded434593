"""What a collectivité pays for: conventions with households that went as far as one knows, made from facts."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from msgspec import Struct
from msgspec.structs import replace

from contracts import dossiers as d
from contracts import partenaires as p
from deploy.machine.fournisseur import CompteAffiche
from tests.dossiers import histoire as h
from tests.portail.conftest import Lieu

FEVRIER = date(2026, 2, 4)


class Financement(Struct, frozen=True):
    """The conventions a collectivité pays for: `suivie`, `neuve` (nobody yet). `cadre`: whose the first is, and of what.
    `analyste`, `sans_convention`: accounts of whoever pays, and of whoever does not. `nom`: what the names bear."""

    nom: str
    analyste: str
    sans_convention: str
    suivie: str
    neuve: str
    cadre: tuple[UUID, UUID, UUID, UUID]


async def financer(lieu: Lieu, nom: str) -> Financement:
    """With organisations and accounts of its own, which bear `nom`."""
    analyste, sans_convention = f"departement-{nom}.analyste", f"region-{nom}.analyste"
    m, r = lieu.monde, lieu.reseau
    ids = {}
    for chez, nature in (
        ("Habitat Exemple", "bailleur"),
        ("Appui Exemple", "association"),
        ("Département Exemple", "collectivite"),
        ("Région Exemple", "financeur"),
    ):
        corps = {"nom": f"{chez} {nom}", "nature": nature, "commune": "17415", "emetteur": m.poste.url}
        ids[chez] = UUID((await r.faire("exploitant", "organisations/inscrire", corps))["id"])
    for sujet, chez in ((analyste, "Département Exemple"), (sans_convention, "Région Exemple")):
        await r.habiliter("exploitant", str(ids[chez]), sujet, "analyste")
        m.poste.comptes.append(CompteAffiche(sujet, chez, "analyste"))
        for service in m.clients:
            await m.attendre(sujet, "/v1/moi", service=service)
    bailleur, association, departement = list(ids.values())[:3]
    dispositif, suivie, neuve = uuid4(), uuid4(), uuid4()
    debut, fin = date(2025, 1, 1), date(2026, 12, 31)
    terms = (dispositif, bailleur, association, 90, debut, fin, p.Regles(), debut)
    await m.faits_partenaires(
        dispositif, p.DispositifOuvert(dispositif, bailleur, "Lien social", (), (), p.Regles(), debut)
    )
    for convention in (suivie, neuve):
        plan = p.PlanDeFinancementEtabli(convention, 2026, (p.LigneDeFinancement(departement, "avdl", 100),), debut)
        await m.faits_partenaires(
            convention, p.ConventionProposee(convention, *terms), plan, p.ConventionActivee(convention, *terms)
        )
        await m.attendre(analyste, f"/v1/conventions/{convention}/indicateurs", annee=2026)
    cadre = (bailleur, association, dispositif, suivie)
    for rang in range(24):
        await orienter_en(lieu, cadre, rang)
    await _comptes(lieu, analyste, str(suivie))
    return Financement(nom, analyste, sans_convention, str(suivie), str(neuve), cadre)


async def orienter_en(lieu: Lieu, cadre: tuple[UUID, UUID, UUID, UUID], rang: int) -> None:
    """The first twelve in the week of New Year's Day, the others in February, when the first are accepted; five adhere."""
    bailleur, association, dispositif, convention = cadre
    le = date(2025, 12, 30) if rang < 12 else FEVRIER
    repere = replace(h.repere, menage=uuid4(), bailleur=bailleur, le=le)
    faits: list[d.Event] = [
        repere,
        replace(h.consenti, le=le),
        replace(
            h.oriente, menage=repere.menage, bailleur=bailleur, association=association, dispositif=dispositif,
            convention=convention, le=le,
        ),
    ]  # fmt: skip
    if rang < 12:
        faits.append(replace(h.acceptee, convention=convention, le=FEVRIER))
    if rang < 5:
        faits.append(replace(h.adhere, le=FEVRIER))
    await lieu.monde.faits_dossiers(uuid4(), *faits, par=bailleur)


async def _comptes(lieu: Lieu, sujet: str, convention: str) -> None:
    """Until the view has counted them all."""
    for _ in range(200):
        vu = await lieu.monde.attendre(sujet, f"/v1/conventions/{convention}/indicateurs", annee=2026)
        if vu.json()["etapes"]["orientes"] == 24 and vu.json()["etapes"]["adhesions"] is None:
            return
    raise AssertionError(vu.text)
