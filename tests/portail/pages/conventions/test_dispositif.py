"""Opening a dispositif."""

from __future__ import annotations

from tests.portail.navigateur import Navigateur


async def test_un_dispositif_s_ouvre_en_chemin(chez: str, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter(f"{chez}-association.coordinateur", "/conventions/dispositif")
    await n.envoyer("Ouvrir le dispositif", nom="Passerelle")
    assert "Choisissez un public au moins." in n.page.texte
    await n.envoyer("Ouvrir le dispositif", publics=["familles"], themes=["parentalite"], periodicite_mois="3")
    assert n.page.chemin == "/conventions/nouvelle"
    form, _ = n.page.form("Proposer la convention")
    assert "Passerelle" in n.page.texte
    assert len(form.valeur("dispositif")) == 1  # the one just opened is chosen
