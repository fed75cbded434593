"""What those who pay see of it: counts that give nobody away, and a feed their own programs can read."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest
from msgspec import Struct
from msgspec.structs import replace

from contracts import dossiers as d
from contracts import partenaires as p
from deploy.fournisseur import CompteAffiche
from tests.dossiers import histoire as h
from tests.portail.conftest import Lieu
from tests.portail.navigateur import Navigateur

ANALYSTE, SANS_CONVENTION = "departement.analyste", "region.analyste"
FEVRIER = date(2026, 2, 4)


class Financement(Struct, frozen=True):
    """A collectivité and the conventions it pays for: `suivie`, `neuve` (nobody yet)."""

    departement: UUID
    suivie: str
    neuve: str


@pytest.fixture(scope="module")
async def financement(lieu: Lieu) -> Financement:
    """Organisations of this file alone: nothing of the others' is counted, nor theirs disturbed."""
    m, r = lieu.monde, lieu.reseau
    ids = {}
    for nom, nature in (
        ("Habitat Exemple", "bailleur"),
        ("Appui Exemple", "association"),
        ("Département Exemple", "collectivite"),
        ("Région Exemple", "financeur"),
    ):
        corps = {"nom": nom, "nature": nature, "commune": "17415", "emetteur": m.poste.url}
        ids[nom] = UUID((await r.faire("exploitant", "organisations/inscrire", corps))["id"])
    for sujet, nom in ((ANALYSTE, "Département Exemple"), (SANS_CONVENTION, "Région Exemple")):
        await r.habiliter("exploitant", str(ids[nom]), sujet, "analyste")
        m.poste.comptes.append(CompteAffiche(sujet, nom, "analyste"))
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
        await m.attendre(ANALYSTE, f"/v1/conventions/{convention}/indicateurs", annee=2026)
    for rang in range(24):
        await orienter(lieu, (bailleur, association, dispositif, suivie), rang)
    await _comptes(lieu, str(suivie))
    return Financement(departement, str(suivie), str(neuve))


async def orienter(lieu: Lieu, cadre: tuple[UUID, UUID, UUID, UUID], rang: int) -> None:
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


async def _comptes(lieu: Lieu, convention: str) -> None:
    """Until the view has counted them all."""
    for _ in range(200):
        vu = await lieu.monde.attendre(ANALYSTE, f"/v1/conventions/{convention}/indicateurs", annee=2026)
        if vu.json()["etapes"]["orientes"] == 24 and vu.json()["etapes"]["adhesions"] is None:
            return
    raise AssertionError(vu.text)


async def test_le_financeur_voit_les_etapes_et_rien_qui_designe_un_menage(
    financement: Financement, navigateur: Navigateur
) -> None:
    n = navigateur
    await n.se_connecter(ANALYSTE, "/indicateurs")
    await n.envoyer("Afficher", convention=financement.suivie, annee="2026")
    texte = n.page.texte
    assert "Appui Exemple, Lien social, année 2026" in texte
    assert "Orientés 24 Acceptés 12 Adhésion recueillie masqué Entretien initial tenu 0" in texte
    assert "Les nombres de moins de 11 ménages sont masqués" in texte
    # A week is its Thursday's: the one of New Year's Day is January's, in the year its households are counted in.
    assert "Janvier 12 0 masqué 0 0 0 Février 12 12 masqué 0 0 0 Mars 0 0 masqué" in texte
    for rien in ("Exemple Camille", "Deux loyers", "0600000000"):
        assert rien not in n.page.html


async def test_chaque_graphe_se_lit_sans_le_voir_et_sans_style_en_ligne(
    financement: Financement, navigateur: Navigateur
) -> None:
    await navigateur.se_connecter(ANALYSTE, f"/indicateurs?convention={financement.suivie}%26annee=2026")
    page = navigateur.page
    graphes = [a for tag, a in page.balises if tag == "svg" and a.get("role") == "img"]
    assert len(graphes) == 7
    ids = [a["id"] for _, a in page.balises if "id" in a]
    assert len(ids) == len(set(ids))
    assert all(nom in ids for a in graphes for nom in a["aria-labelledby"].split())
    assert "Orientés : 24 ; Acceptés : 12 ; Adhésion recueillie : masqué" in page.texte
    assert not [a for _, a in page.balises if "style" in a]


@pytest.mark.parametrize(
    ("sujet", "convention", "annee", "titre"),
    [
        (ANALYSTE, "neuve", "2026", "Aucun ménage orienté pour l’instant"),
        (ANALYSTE, "suivie", "2024", "Rien en 2024"),
        (SANS_CONVENTION, None, "2026", "Aucune convention"),
    ],
)
async def test_un_ecran_vide_dit_lequel(
    financement: Financement, navigateur: Navigateur, sujet: str, convention: str | None, annee: str, titre: str
) -> None:
    await navigateur.se_connecter(sujet)
    choix = f"convention={getattr(financement, convention)}&" if convention else ""
    page = await navigateur.aller(f"/indicateurs?{choix}annee={annee}")
    assert page.statut == 200
    assert titre in page.texte


async def test_les_parties_voient_les_nombres_exacts_et_les_autres_rien(
    lieu: Lieu, financement: Financement, navigateur: Navigateur
) -> None:
    await navigateur.se_connecter("autre-financeur.analyste")
    inconnue = await navigateur.aller(f"/indicateurs?convention={uuid4()}")
    autre = await navigateur.aller(f"/indicateurs?convention={financement.suivie}")
    assert inconnue.statut == autre.statut == 404
    assert inconnue.titre == autre.titre
    await navigateur.se_connecter("autre-bailleur.agent")
    page = await navigateur.aller(f"/indicateurs?convention={lieu.conventions['autre-bailleur']}&annee=2026")
    assert page.statut == 200
    assert "sont masqués" not in page.texte
    await navigateur.se_connecter("exploitant")
    assert (await navigateur.aller("/indicateurs")).statut == 404
