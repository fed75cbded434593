"""One household's sheet: all that its reader may see, and nothing for anybody else."""

from __future__ import annotations

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    ouvrir_fiche,
    texte,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer


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
