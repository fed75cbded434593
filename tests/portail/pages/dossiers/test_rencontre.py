"""Noting a meeting; and what is sent twice acts once."""

from __future__ import annotations

import asyncio

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    ecrit,
    ouvrir_fiche,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer


async def test_un_double_envoi_n_agit_qu_une_fois(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Double-Point")
    await ouvrir_fiche(n, s)
    for lien, bouton, rempli, type_ in (
        (
            "Tenir le point bimestriel",
            "Enregistrer le point",
            {"nouveau": "mobilite", "score-nouveau": "3"},
            "SuiviReevalue",
        ),
        ("Écrire une note", "Enregistrer la note", {"texte": "Une seule fois."}, "NoteDeposee"),
        ("Noter une rencontre", "Enregistrer la rencontre", {"support": "telephone"}, "RencontreTenue"),
    ):
        await n.suivre(lien)
        adresse, form = n.page.chemin, n.page.form(bouton)[0]
        un, deux = await asyncio.gather(*(n.poster(adresse, form.donnees(rempli)) for _ in range(2)))
        assert (un.chemin, deux.chemin) == (s.adresse, s.adresse), (un.texte, deux.texte)
        await s.vu()
        assert await ecrit(s, type_) == 1
        await n.aller(s.adresse)
