"""One finds a household by its identity exactly as long as the list that shows it holds that identity, on each side."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts.dossiers import DonneesEffacees, DossierClos, MenageOriente, OrientationAcceptee
from services.dossiers.vues import orientations, portefeuille, recherche
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, classes
from tests.dossiers import histoire as h
from tests.scenario import ASSOCIATION, BAILLEUR

SANS_SUITE = st.sampled_from(
    [
        (h.oriente, h.refusee), (h.oriente, h.retiree), (h.oriente, h.expiree), (h.oriente, h.a_l_etude, h.refusee),
        (h.oriente, h.acceptee, h.n_adhere_pas),
    ]
)  # fmt: skip
EN_COURS = st.sampled_from([(h.oriente,), (h.oriente, h.acceptee), (h.oriente, h.acceptee, h.adhere)])
A_LA_FIN = st.sampled_from([(), (h.clos,), (h.oriente, h.clos), (h.oriente, h.acceptee, h.adhere, h.clos)])
EFFACEMENTS = st.lists(st.sampled_from([h.efface_par_le_bailleur, h.efface_par_l_association]), max_size=2, unique=True)

VIES = st.tuples(
    st.lists(SANS_SUITE, max_size=3),
    st.one_of(st.tuples(EN_COURS, st.just([])), st.tuples(A_LA_FIN, EFFACEMENTS)),
).map(lambda vie: [h.repere, *(e for episode in vie[0] for e in episode), *vie[1][0], *vie[1][1]])


def plier(vue: Fiche, row: Row | None, fait: Recorded[Any]) -> Row | None:
    if not isinstance(fait.event, classes(vue)):
        return row
    return vue.fold(row, fait)


@given(VIES)
def test_on_trouve_un_menage_tant_que_sa_liste_en_tient_l_identite(vie: list[Any]) -> None:
    rows: dict[str, Row | None] = {}
    acceptee = False
    for version, event in enumerate(vie, 1):
        match event:
            case MenageOriente():
                acceptee = False
            case OrientationAcceptee():
                acceptee = True
            case _:
                pass
        qui = ASSOCIATION if acceptee and isinstance(event, DossierClos) else BAILLEUR
        if isinstance(event, DonneesEffacees):
            qui = event.organisation
        fait = Recorded(UUID(int=version), h.DOSSIER, version, event, qui, qui, datetime.now(UTC), UUID(int=0))
        for vue in (
            orientations.projection,
            portefeuille.projection,
            recherche.du_bailleur,
            recherche.de_l_association,
        ):
            rows[vue.name] = plier(vue, rows.get(vue.name), fait)
        for liste, index in (("orientations", "recherche_bailleur"), ("portefeuille", "recherche_association")):
            row = rows[liste]
            assert (rows[index] is not None) == bool(row and row["identite"]), (liste, type(event).__name__)
