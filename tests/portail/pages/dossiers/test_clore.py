"""The end of a follow-up."""

from __future__ import annotations

from tests.portail.gestes import (
    ouvrir_fiche,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer


async def test_l_accompagnement_se_termine(menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Fin")
    await ouvrir_fiche(n, s)
    await n.suivre("Terminer l’accompagnement")
    await n.envoyer("Terminer l’accompagnement", motif="objectifs_atteints")
    assert "Dites où habite le ménage à présent." in n.page.texte
    await n.envoyer("Terminer l’accompagnement", situation="maintien_logement", precision="Loyer à jour.")
    assert "L’accompagnement est terminé." in n.page.texte
    assert "Loyer à jour." in n.page.texte
    for page in ("/point", "/clore", "/note", "/rencontre", "/contrat"):
        assert (await n.aller(s.adresse + page)).statut == 409, page
        assert "Ce dossier est clos" in n.page.texte, page
        assert n.page.forms[-1].action != s.adresse + page
        assert n.page.lien("Voir où en est le dossier") == s.adresse
