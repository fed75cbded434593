"""Writing a note."""

from __future__ import annotations

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    ouvrir_fiche,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import COORDINATEUR, REFERENT, Creer


async def test_une_note_se_lit_selon_son_niveau(
    lieu: Lieu, menage: Creer, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, s, coordination = navigateur, await menage("Exemple-Notes", "acceptee"), ouvrir()
    await ouvrir_fiche(n, s)
    await n.suivre("Écrire une note")
    assert "Que verront les autres ?" in n.page.texte
    await n.envoyer("Enregistrer la note")
    assert "Écrivez la note." in n.page.texte
    await n.envoyer("Enregistrer la note", texte="Pour l’équipe.", niveau="equipe")
    await n.suivre("Écrire une note")
    await n.envoyer("Enregistrer la note", texte="Pour moi seul.", niveau="referent")
    assert "La note est enregistrée." in n.page.texte
    assert {"Pour l’équipe.", "Pour moi seul."} <= {
        t for t in ("Pour l’équipe.", "Pour moi seul.") if t in n.page.texte
    }
    await s.vu()
    await ouvrir_fiche(coordination, s, COORDINATEUR)
    assert "Pour l’équipe." in coordination.page.texte
    assert "Pour moi seul." not in coordination.page.html
    assert "Pour moi seul." not in (await coordination.aller(f"{s.adresse}/notes")).html


async def test_ce_qui_etait_ecrit_se_relit_quand_ce_n_est_plus_possible(menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Trop-Tard")
    await ouvrir_fiche(n, s)
    await n.suivre("Écrire une note")
    await n.envoyer("Enregistrer et reprendre plus tard", texte="Vu au bureau, tout va bien.")
    await s.faire(REFERENT, "clore", {"motif": "objectifs_atteints", "situation": "maintien_logement"})
    page = await n.aller(f"{s.adresse}/note")
    assert "Ce dossier est clos" in page.texte
    assert "Vu au bureau, tout va bien." in page.html
