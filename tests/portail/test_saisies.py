"""What a référent types is neither lost, nor acted upon, nor shown to those it is not for."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.navigateur import Navigateur, Page
from tests.portail.suivi import AGENT, REFERENT, Creer, Suivi, menages
from tests.portail.test_formulaires import PIEGES


@pytest.fixture
async def menage(lieu: Lieu) -> AsyncIterator[Creer]:
    async with menages(lieu) as creer:
        yield creer


async def ouvrir_page(n: Navigateur, s: Suivi, page: str, sujet: str = REFERENT) -> Page:
    await n.se_connecter(sujet)
    return await n.aller(f"{s.adresse}/{page}")


SAISIES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("sous_contrat", "point", "Enregistrer le point", {"synthese": "Texte tardif."}),
    ("sous_contrat", "note", "Enregistrer la note", {"texte": "Texte tardif."}),
    ("sous_contrat", "clore", "Terminer l’accompagnement", {"precision": "Texte tardif."}),
    ("acceptee", "adhesion/refus", "Enregistrer le refus", {"precision": "Texte tardif."}),
    ("adhesion", "entretien", "Enregistrer l’entretien", {"precision-mobilite": "Texte tardif."}),
    ("entretien", "contrat", "Préparer le contrat", {"intitule-2": "Texte tardif."}),
]


@pytest.mark.parametrize(("etape", "page", "bouton", "saisie"), SAISIES, ids=[s[1] for s in SAISIES])
async def test_ce_qui_est_tape_dans_une_session_finie_se_reprend(
    lieu: Lieu, menage: Creer, navigateur: Navigateur, etape: str, page: str, bouton: str, saisie: dict[str, Any]
) -> None:
    n, s = navigateur, await menage(f"Exemple-Tard-{page.replace('/', '-')}", etape)
    await ouvrir_page(n, s, page)
    sessions = lieu.app.state.moyens.sessions
    avant = sessions.maintenant
    sessions.maintenant = lambda: datetime.now(UTC) + timedelta(hours=1)
    try:
        await n.envoyer(bouton, **saisie)
        assert n.page.chemin == "/connexion"
    finally:
        sessions.maintenant = avant
    await n.suivre("Comptes de démonstration")
    await n.suivre(REFERENT)
    assert n.page.chemin == f"{s.adresse}/{page}"
    [nom] = saisie
    assert n.page.form(bouton)[0].valeur(nom) == ["Texte tardif."]
    await n.aller("/a-faire")
    assert f"{s.adresse}/{page}" in [href for text, href in n.page.liens if "Exemple-Tard" in text]


@pytest.mark.parametrize("piege", PIEGES)
async def test_un_texte_hostile_se_lit_partout_et_n_agit_nulle_part(
    lieu: Lieu, menage: Creer, navigateur: Navigateur, ouvrir: Ouvrir, piege: str
) -> None:
    n, bailleur, s = navigateur, ouvrir(), await menage("Exemple-Piege", "adhesion")
    await ouvrir_page(n, s, "entretien")
    pages = [await n.envoyer("Enregistrer l’entretien", synthese=piege, **{"precision-famille": piege})]
    pages.append(await n.envoyer("Enregistrer l’entretien", support="telephone", **{"score-famille": "1"}))
    await n.suivre("Préparer le contrat")
    pages.append(
        await n.envoyer(
            "Ajouter un objectif", **{"intitule-0": piege, "engagements-bailleur": piege, "calendrier": piege}
        )
    )
    pages.append(await n.envoyer("Préparer le contrat"))
    pages.append(await n.envoyer("Préparer le contrat", calendrier=""))
    pages.append(await n.aller(f"{s.adresse}/contrat/imprimer"))
    await n.aller(f"{s.adresse}/note")
    pages.append(await n.envoyer("Enregistrer la note", texte=piege))
    pages += [await n.aller(f"{s.adresse}/{page}") for page in ("notes", "historique", "contrat")]
    s.contrat = (await s.vu())["contrat"]["contrat"]
    for sujet, partie in ((REFERENT, "menage"), (REFERENT, "association"), (AGENT, "bailleur")):
        await s.faire(sujet, "signer-contrat", {"contrat": s.contrat, "partie": partie, "moyen": "papier"})
    await s.vu()
    await n.aller(f"{s.adresse}/point")
    pages.append(await n.envoyer("Enregistrer le point", synthese=piege))
    await bailleur.se_connecter(AGENT)
    pages.append(await bailleur.aller(s.adresse))
    await n.suivre("Terminer l’accompagnement")
    fin = {"motif": "autre", "situation": "inconnue", "precision": piege}
    pages.append(await n.envoyer("Terminer l’accompagnement", **fin))
    assert "L’accompagnement est terminé." in n.page.texte
    for page in pages:
        for balise, attributs in page.balises:
            assert not [nom for nom in attributs if nom.startswith("on")], (page.chemin, attributs)
            assert not any(v.lower().startswith("javascript:") for k, v in attributs.items() if k in ("href", "action"))
            if balise in ("script", "img"):
                assert attributs["src"].startswith("/statique/"), (page.chemin, attributs)
        assert "49" not in page.texte
    assert all(piege in html.unescape(page.html) for page in (pages[0], pages[5], pages[-1], pages[-2]))
