"""Orienting a household: which one."""

from __future__ import annotations

from tests.portail.navigateur import Navigateur


async def test_un_champ_oublie_est_dit_et_rien_n_est_perdu(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await n.suivre("Orienter un ménage")
    await n.envoyer("Continuer", prenom="Alix", commune="Saint-Denis", naissance="hier")
    assert n.page.statut == 422
    assert n.page.titre.startswith("Erreur")
    form, _ = n.page.form("Continuer")
    assert form.valeur("prenom") == ["Alix"]
    assert form.valeur("naissance") == ["hier"]
    errors = [text for text, href in n.page.liens if href.startswith("#") and href != "#contenu"]
    assert errors[:2] == ["Indiquez le nom.", "Écrivez la date ainsi : 31/01/2026."]
    assert "Plusieurs communes portent ce nom" in errors[2]
