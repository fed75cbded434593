"""One convention: its parties' and its funders', nobody else's."""

from __future__ import annotations

from tests.portail.conftest import Lieu
from tests.portail.navigateur import Navigateur


async def test_une_convention_d_un_autre_n_existe_pas(lieu: Lieu, navigateur: Navigateur) -> None:
    n, leur = navigateur, lieu.conventions["autre-bailleur"]
    await n.se_connecter("semis.responsable", "/conventions")
    assert "autre-bailleur" not in n.page.html
    for page in ("", "/plan"):
        assert (await n.aller(f"/conventions/{leur}{page}")).statut == 404
    await n.aller(f"/conventions/{lieu.conventions['semis']}")
    jeton = n.page.forms[0].valeur("jeton")[0]
    assert (await n.poster(f"/conventions/{leur}/signer", [("jeton", jeton), ("le", "05/01/2026")])).statut == 404
