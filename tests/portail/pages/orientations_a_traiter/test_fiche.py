"""One request, read before one answers."""

from __future__ import annotations

from datetime import date

from tests.monde import DEBUT
from tests.portail.conftest import Lieu
from tests.portail.gestes import A_TRAITER, adresser, etape, faire, texte
from tests.portail.navigateur import Navigateur


async def test_la_fiche_montre_ce_qui_est_transmis_et_rien_du_constat(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Fiche")
    await n.se_connecter("tremplin17.coordinateur")
    assert "Ce que demande" not in n.page.html  # a free text is read on the sheet, which the journal of readings tells
    await n.suivre("Camille Exemple-Fiche")
    assert "Ce que demande Exemple-Fiche." in n.page.texte
    assert "Saintes (17)" in n.page.texte
    await n.envoyer("Accepter")
    assert n.clics == 2
    assert await etape(lieu, dossier) == "acceptee"


async def test_le_delai_ne_se_prolonge_qu_une_fois_et_la_fiche_le_dit(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Prolonge")
    await n.se_connecter("tremplin17.coordinateur", f"{A_TRAITER}/{dossier}")
    assert "Mettre à l’étude" in n.page.texte
    await faire(lieu, "tremplin17.coordinateur", dossier, "mettre-a-l-etude")
    await n.aller(f"{A_TRAITER}/{dossier}")
    assert "Le délai n’est prolongé qu’une fois" in n.page.texte
    assert "Mettre à l’étude" not in n.page.texte
    assert "Accepter" in n.page.texte


async def test_le_delai_passe_la_fiche_n_offre_plus_de_repondre(lieu: Lieu, navigateur: Navigateur) -> None:
    """Before the clock has come by: nothing says yet that the request has expired."""
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Depasse")
    await n.se_connecter("tremplin17.coordinateur")
    lieu.monde.jour(date(2026, 3, 2))
    try:
        page = await n.aller(f"{A_TRAITER}/{dossier}")
        assert "Il fallait répondre avant la fin du" in texte(page)
        for bouton in ("Accepter", "Mettre à l’étude", "Refuser"):
            assert bouton not in page.texte, bouton
        assert (await n.aller(f"{A_TRAITER}/{dossier}/refuser")).statut == 409
        assert "Il fallait répondre avant la fin du" in texte(n.page)
    finally:
        lieu.monde.jour(DEBUT)
