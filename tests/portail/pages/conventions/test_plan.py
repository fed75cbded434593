"""Who pays."""

from __future__ import annotations

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    plat,
)
from tests.portail.navigateur import Navigateur
from tests.portail.voisinage import proposee


async def test_le_plan_de_financement_s_etablit_et_se_corrige(
    lieu: Lieu, chez: str, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, o, financeur = navigateur, lieu.reseau.organisations, ouvrir()
    convention = await proposee(lieu, chez, 3, fin="2027-12-31")
    await financeur.se_connecter(f"{chez}-financeur.analyste", "/conventions")
    assert "Aucune convention financée" in financeur.page.texte
    assert o[f"{chez}-financeur"] in financeur.page.texte
    await n.se_connecter(f"{chez}-bailleur.responsable", f"/conventions/{convention}")
    assert "Personne n’est encore inscrit" in n.page.texte
    await n.suivre("Établir le plan de financement")
    await n.envoyer("Enregistrer le plan 2026")
    assert "Inscrivez un financeur au moins." in n.page.texte
    await n.envoyer("Enregistrer le plan 2026", **{"financeur-0": o[f"{chez}-bailleur"], "montant-0": "vingt"})
    assert "Choisissez la source de cette ligne." in n.page.texte
    assert "Écrivez le montant en euros" in n.page.texte
    une = {"source-0": "part_bailleur", "montant-0": "1\u202f250,5 €"}
    deux = {"identifiant-1": o[f"{chez}-financeur"], "source-1": "avdl", "montant-1": "20 000"}
    await n.envoyer("Enregistrer le plan 2026", **une, **deux)
    assert "Le plan de financement est enregistré." in n.page.texte
    assert "1 250,50 €" in plat(n.page.texte)
    assert "Total 21 250,50 €" in plat(n.page.texte)
    await financeur.aller(f"/conventions/{convention}")
    assert "20 000 €" in plat(financeur.page.texte)
    await n.suivre("Modifier le plan de financement")
    form, _ = n.page.form("Enregistrer le plan 2026")
    assert form.valeur("montant-0") == ["1250,50"]
    await n.envoyer("Enregistrer le plan 2026", **{"financeur-0": "", "source-0": "", "montant-0": ""})
    assert "Total 20 000 €" in plat(n.page.texte)


async def test_seul_qui_engage_son_organisation_propose_et_finance(lieu: Lieu, ouvrir: Ouvrir) -> None:
    pages = ["/conventions/nouvelle", "/conventions/dispositif", f"/conventions/{lieu.conventions['semis']}/plan"]
    for sujet, statut in (
        ("semis.agent", 404),
        ("tremplin17.referent", 404),
        ("etat.analyste", 404),
        ("tremplin17.coordinateur", 200),
    ):
        n = ouvrir()
        await n.se_connecter(sujet, "/conventions")
        assert ("Proposer une convention" in n.page.texte) == (statut == 200)
        for page in pages:
            assert (await n.aller(page)).statut == statut, (sujet, page)
