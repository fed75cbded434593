"""What a funder receives of each fact: exactly the fields of the sharing table, and never anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from itertools import count
from typing import Any, get_args
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from contracts import dossiers as d
from contracts import flux
from contracts import partenaires as p
from contracts.exemples import construire
from contracts.flux import coder, coder_convention, enveloppe, semaine
from contracts.message import Message

PSEUDONYME = "m-3f9c2a7be01d54c8"

# The whole of what passes from each event into the feed, value for value. Everything else of it must not be found there.
PASSE: dict[type[Message], set[str]] = {
    d.MenageOriente: {"motifs", "publics", "type_menage", "tranche_age", "commune"},
    d.OrientationMiseALEtude: set(),
    d.OrientationAcceptee: set(),
    d.OrientationRefusee: {"auteur", "etape", "motif"},
    d.OrientationRetiree: {"motif"},
    d.OrientationExpiree: set(),
    d.AdhesionRecueillie: set(),
    d.AdhesionRefusee: {"motif"},
    d.EntretienInitialTenu: set(),
    d.ContratSigne: set(),
    d.SuiviReevalue: {"numero"},
    d.ReevaluationEnRetard: set(),
    d.ReevaluationEscaladee: set(),
    d.ReevaluationManquee: set(),
    d.DossierClos: {"motif", "situation"},
    d.DonneesEffacees: set(),
    p.ConventionActivee: {
        *("convention", "dispositif", "bailleur", "association", "places", "debut", "fin", "periodicite_mois", "le")
    },
    p.ConventionEchue: {"convention", "fin", "le"},
    p.PlanDeFinancementEtabli: {"convention", "annee", "source", "montant_centimes", "le"},
}
RIEN = {
    *(d.MenageRepere, d.DiagnosticPose, d.RencontreTenue, d.ReferentDesigne, d.ContratPrepare, d.NoteDeposee),
    *(d.ConsentementRecueilli, d.ConsentementRetire, d.PlacePrise, d.PlaceRendue),
    *(d.RendezVousFixe, d.RendezVousTenu, d.RendezVousManque, d.RendezVousAnnule),
    *(p.OrganisationInscrite, p.MembreInvite, p.MembreHabilite, p.MembreRetire),
    *(p.DispositifOuvert, p.ConventionProposee, p.ConventionSignee),
}
EVENEMENTS = [*get_args(d.Event), *get_args(p.Event)]


class Marques:
    """Fills an event with values found nowhere else, and remembers whose each is."""

    def __init__(self) -> None:
        self.champs: dict[str, str] = {}
        self.personnels: set[str] = set()
        self._numeros = count(1)

    def __call__(self, classe: str, champ: str, type_: inspect.Type, marques: dict[str, Any]) -> Any:
        n = next(self._numeros)
        valeur: Any
        match type_:
            case inspect.StrType() if marques.get("x-personnel"):
                valeur = f"Marque {n} de {champ}"
                self.personnels.add(valeur)
            case inspect.StrType() if marques.get("x-code"):
                valeur = f"code-{n}-marque"
            case inspect.StrType() if champ == "commune":
                valeur = f"2A{n:03d}"
            case inspect.StrType() if champ == "heure":
                valeur = f"{n % 24:02d}:07"
            case inspect.StrType():
                valeur = f"texte {n} marque"
            case inspect.UUIDType():
                valeur = str(UUID(int=0xABCDEF << 100 | n))
            case inspect.DateType():
                # Weeks apart, and never a Monday: the week's own first day must not pass for the date.
                valeur = (date(2026, 1, 7) + timedelta(days=21 * n)).isoformat()
            case inspect.IntType() if type_.le is None or type_.le - (type_.ge or 0) >= 100 and champ != "avancement":
                valeur = min(type_.le or 10**9, 7_000_000 + n) if champ != "annee" else 2077
            case inspect.IntType():
                return type_.le
            case _:
                return True
        self.champs[str(valeur)] = champ
        return valeur


def feuilles(valeur: Any) -> Iterator[str]:
    match valeur:
        case dict():
            for dessous in valeur.values():
                yield from feuilles(dessous)
        case list():
            for dessous in valeur:
                yield from feuilles(dessous)
        case _:
            yield str(valeur)


def retrouves(fait: Message, marques: Marques) -> set[str]:
    """The fields of the event whose value is in the published bytes, whole or within another value."""
    octets = msgspec.json.encode(fait).decode()
    entiers = set(feuilles(json.loads(octets)))
    return {
        champ
        for marque, champ in marques.champs.items()
        if marque in entiers or (not marque.isdigit() and (marque in octets or marque.replace("-", "") in octets))
    }


def publier(classe: type[Message]) -> tuple[Message | None, Marques]:
    marques = Marques()
    event: Any = msgspec.convert(construire(classe, marques), classe)
    fait = coder(event, PSEUDONYME) if classe in get_args(d.Event) else coder_convention(event)
    return fait, marques


def test_chaque_evenement_a_sa_decision() -> None:
    assert PASSE.keys() | RIEN == set(EVENEMENTS)
    assert not PASSE.keys() & RIEN


@pytest.mark.parametrize("classe", EVENEMENTS, ids=lambda c: c.__name__)
def test_rien_ne_passe_que_la_table_de_partage(classe: type[Message]) -> None:
    fait, marques = publier(classe)
    assert len(marques.champs) >= 1
    if classe in RIEN:
        assert fait is None
        return
    assert fait is not None
    assert retrouves(fait, marques) == PASSE[classe]
    assert not {marques.champs[texte] for texte in marques.personnels} & retrouves(fait, marques)


def test_ce_controle_verrait_une_fuite() -> None:
    marques = Marques()
    event = msgspec.convert(construire(d.OrientationRefusee, marques), d.OrientationRefusee)
    bavard = flux.FluxOrientationRefusee(PSEUDONYME, str(event.le), event.auteur, event.etape, f"x {event.precision}")
    assert retrouves(bavard, marques) == {"le", "auteur", "etape", "precision"}


@pytest.mark.parametrize("classe", [c for c in PASSE if c in get_args(d.Event)], ids=lambda c: c.__name__)
def test_l_enveloppe_du_flux_ne_tient_que_de_la_semaine(classe: type[Message]) -> None:
    fait, marques = publier(classe)
    assert fait is not None
    e = enveloppe(fait, UUID(int=1), UUID(int=2), 7, "e1")  # type: ignore[arg-type]  # a household's fact, see above
    assert not {marque for marque in marques.champs if marque in str(msgspec.to_builtins(e))}
    assert (e.time.weekday(), e.time.hour, e.time.tzinfo) == (0, 0, UTC)
    assert semaine(e.time.date()) == fait.semaine  # type: ignore[attr-defined]  # every fact about a household has one
    assert (e.streamversion, e.auteur, e.correlationid, e.causationid) == (7, UUID(int=0), e.id, None)
    assert e.id.version == 5, "a UUIDv7 would hold the millisecond"


def test_une_relecture_du_flux_donne_les_memes_identifiants() -> None:
    fait = flux.FluxOrientationAcceptee(PSEUDONYME, "2026-W03")
    assert (
        enveloppe(fait, UUID(int=1), UUID(int=2), 7, "e1").id == enveloppe(fait, UUID(int=1), UUID(int=2), 7, "e2").id
    )
    places = {
        (f, c, n): enveloppe(fait, UUID(int=f), UUID(int=c), n, "e").id for f in (1, 2) for c in (3, 4) for n in (1, 2)
    }
    assert len(set(places.values())) == len(places)


@given(st.dates())
def test_la_semaine_contient_le_jour(le: date) -> None:
    annee, numero = semaine(le).split("-W")
    lundi = date.fromisocalendar(int(annee), int(numero), 1)
    assert (le - lundi).days in range(7)
    msgspec.convert(semaine(le), flux.Semaine)


def test_les_semaines_de_fin_d_annee() -> None:
    assert [semaine(le) for le in (date(2026, 1, 1), date(2027, 1, 1), date(2024, 12, 30))] == [
        *("2026-W01", "2026-W53", "2025-W01")
    ]


def _signe(complet: bool) -> d.ContratSigne:
    signature = d.ContratSigne(
        UUID(int=1),
        "menage",
        "papier",
        complet,
        date(2026, 3, 16),
        date(2027, 3, 15),
        date(2026, 5, 18),
        date(2026, 3, 17),
    )
    return signature


def test_le_contrat_n_est_signe_qu_a_la_derniere_signature() -> None:
    assert coder(_signe(complet=False), PSEUDONYME) is None
    assert coder(_signe(complet=True), PSEUDONYME) == flux.FluxContratSigne(PSEUDONYME, "2026-W12", "2027-W11")


def test_les_besoins_ne_sont_que_comptes() -> None:
    besoins = tuple(d.Besoin(theme, score) for theme, score in (("sante", 1), ("famille", 5), ("numerique", 4)))
    entretien = d.EntretienInitialTenu(besoins, "synthèse", "visite_domicile", date(2026, 3, 16))
    assert coder(entretien, PSEUDONYME) == flux.FluxEntretienInitialTenu(PSEUDONYME, "2026-W12", 3)


def test_les_objectifs_ne_sont_que_comptes() -> None:
    progressions = tuple(d.Progression(UUID(int=n), avancement) for n, avancement in enumerate((0, 99, 100, 100)))
    scores = (d.Score("sante", 2), d.Score("famille", 4))
    suivi = d.SuiviReevalue(3, None, scores, progressions, "synthèse", None, date(2026, 3, 16))
    assert coder(suivi, PSEUDONYME) == flux.FluxSuiviReevalue(PSEUDONYME, "2026-W12", None, 3, 4, 2)


def test_le_plan_donne_toutes_les_sources_et_leur_total_sans_dire_qui() -> None:
    lignes = tuple(
        p.LigneDeFinancement(UUID(int=n), source, euros * 100)
        for n, source, euros in ((1, "part_bailleur", 20_000), (2, "avdl", 7_000), (3, "appel_a_projets", 20_000))
    )
    plan = coder_convention(p.PlanDeFinancementEtabli(UUID(int=9), 2026, lignes, date(2026, 1, 5)))
    assert isinstance(plan, flux.FluxPlanDeFinancementEtabli)
    assert plan.total_centimes == 4_700_000
    assert [(ligne.source, ligne.montant_centimes) for ligne in plan.lignes] == [
        *(("appel_a_projets", 2_000_000), ("avdl", 700_000), ("part_bailleur", 2_000_000))
    ]
