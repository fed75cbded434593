"""Who opened a dossier."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import services.dossiers
from services.portail.pages.dossiers.consultations import QUOI
from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    adresser,
)
from tests.portail.navigateur import Navigateur


async def test_chacun_voit_ses_collegues_par_leur_nom_et_de_l_autre_le_jour(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Lectures")
    await lieu.monde.lire("tremplin17.referent", f"/v1/dossiers/{dossier}/frise")
    await n.se_connecter("semis.agent", f"/dossiers/{dossier}")
    await n.suivre("Qui a consulté ce dossier")
    assert "Secrète semis.agent (vous)" in n.page.texte
    assert "l’organisation tremplin17" in n.page.texte
    assert "Secrète tremplin17" not in n.page.html
    assert "la frise" not in n.page.texte
    await n.se_connecter("tremplin17.coordinateur", f"/dossiers/{dossier}/consultations")
    assert "Secrète tremplin17.referent" in n.page.texte
    assert "la frise" in n.page.texte
    assert "l’organisation semis" in n.page.texte
    assert "Secrète semis" not in n.page.html
    avant = n.page.html.count('scope="row"')
    await n.aller(n.page.chemin)
    assert n.page.html.count('scope="row"') == avant  # reading the journal adds nothing to it


@pytest.mark.parametrize("sujet", ["autre-bailleur.agent", "autre-association.coordinateur", "etat.analyste"])
async def test_le_journal_d_un_autre_n_existe_pas(lieu: Lieu, navigateur: Navigateur, sujet: str) -> None:
    dossier = await adresser(lieu, f"Exemple-Journal-{sujet.split('.')[0]}")
    await navigateur.se_connecter(sujet)
    assert (await navigateur.aller(f"/dossiers/{dossier}/consultations")).statut == 404


def test_tout_ce_qui_se_consulte_a_son_mot() -> None:
    """What a question of the dossiers service notes in the journal, the page says in words."""
    sources = Path(services.dossiers.__file__).parent.rglob("*.py")
    notes = {mot for source in sources for mot in re.findall(r'journal="(\w+)"', source.read_text())}
    assert notes == QUOI.keys()
