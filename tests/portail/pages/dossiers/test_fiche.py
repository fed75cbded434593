"""One household's sheet: all that its reader may see, and nothing for anybody else."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from tests.monde import DEBUT
from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import adresser, faire, ouvrir_fiche, texte
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import AGENT, COORDINATEUR, REFERENT, Creer


async def test_la_fiche_dit_tout_ce_que_l_association_peut_lire(
    lieu: Lieu, menage: Creer, navigateur: Navigateur
) -> None:
    s = await menage("Exemple-Fiche")
    page = await ouvrir_fiche(navigateur, s)
    lu = texte(page)
    for dit in (
        "Camille Exemple-Fiche", "Accompagné", "Tenir le point bimestriel avant le 5 mars 2026", "Payer le loyer courant",
        "Étaler la dette sur six mois", "Prochains rendez-vous 5 mars 2026", "Un budget à refaire.",
        "Difficultés financières", "Contrat signé par le bailleur",
        "Transmission à l’association", "Orientation acceptée",
    ):  # fmt: skip
        assert dit in lu, dit
    assert "Un constat qui reste au bailleur" not in lu
    assert "Partage de la synthèse avec le bailleur" in lu  # agreed to before the orientation
    assert page.lien("Qui a consulté ce dossier") == f"{s.adresse}/consultations"
    assert (await navigateur.suivre("Tout l’historique")).statut == 200
    assert "Ménage orienté vers vous" in navigateur.page.texte


async def test_le_dossier_d_une_autre_association_n_existe_pas(
    lieu: Lieu, menage: Creer, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    s = await menage("Exemple-Ailleurs")
    pages = ("", "/historique", "/notes", "/note", "/rencontre", "/adhesion", "/adhesion/refus", "/entretien", "/contrat",
             "/contrat/signer", "/contrat/imprimer", "/point", "/clore", "/effacer")  # fmt: skip
    autre, bailleur = ouvrir(), ouvrir()
    await autre.se_connecter("autre-association.coordinateur")
    await bailleur.se_connecter("semis.responsable")
    for page in pages:
        assert (await autre.aller(s.adresse + page)).statut == 404, page
        assert "Exemple-Ailleurs" not in autre.page.html
        if page:
            assert (await bailleur.aller(s.adresse + page)).statut == 404, page


async def test_le_contrat_renouvele_se_signe_aussi_chez_le_bailleur(
    lieu: Lieu, menage: Creer, navigateur: Navigateur
) -> None:
    n, s, contrat = navigateur, await menage("Exemple-Renouvele"), str(uuid4())
    lieu.monde.jour(date(2027, 1, 4))
    try:
        objectif = {"objectif": str(uuid4()), "theme": "famille", "intitule": "Continuer"}
        await s.faire(
            REFERENT,
            "preparer-contrat",
            {
                "contrat": contrat, "debut": "2027-01-04", "fin": "2027-07-01", "objectifs": [objectif],
                "calendrier": ["2027-03-04"],
            },
        )  # fmt: skip
        for partie in ("menage", "association"):
            await s.faire(REFERENT, "signer-contrat", {"contrat": contrat, "partie": partie, "moyen": "papier"})
        await n.se_connecter(AGENT, f"{s.adresse}?v={s.version}")
        assert "C’est à vous Signer le contrat" in n.page.texte
        assert n.page.lien("Lire et signer") == f"{s.adresse}/signer"
    finally:
        lieu.monde.jour(DEBUT)


async def test_efface_chez_l_autre_le_dossier_n_offre_plus_rien(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Efface-Ailleurs")
    adresse = f"/dossiers/{dossier}"
    await faire(lieu, AGENT, dossier, "retirer-orientation", {"motif": "erreur"})
    await n.se_connecter(AGENT, adresse)
    assert n.page.lien("Orienter ce ménage") == f"/orientations/nouvelle?dossier={dossier}"
    assert n.page.lien("Noter un accord ou son retrait") == f"{adresse}/accords"
    await faire(lieu, COORDINATEUR, dossier, "effacer-donnees")
    await n.aller(adresse)
    assert "Exemple-Efface-Ailleurs" in n.page.texte  # the landlord keeps its own copy
    for offert in ("Orienter ce ménage", "Noter un accord ou son retrait"):
        assert offert not in n.page.texte, offert
    for page in (f"/orientations/nouvelle?dossier={dossier}", f"{adresse}/retirer", f"{adresse}/accords/transmission"):
        assert (await n.aller(page)).statut == 409, page
        assert n.page.lien("Voir où en est le dossier") == adresse
    await n.aller(f"{adresse}/accords")
    assert "Retirer :" not in n.page.texte
