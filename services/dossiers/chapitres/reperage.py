"""Repérage: the landlord spots a household, meets it, and says what it sees before anything is transmitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeAlias, assert_never
from uuid import UUID

from pydantic import Field, StrictBool

from contracts.dossiers import Composition, DiagnosticPose, Identite, Logement, MenageRepere, RencontreTenue
from services.dossiers.chapitres.parcours import Etape, Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import BAILLEUR, cote, exiger_bailleur, exiger_role, exiger_une_partie
from services.dossiers.chapitres.saisie import (
    NAISSANCE_MIN,
    REPERAGE_MIN,
    Jour,
    LigneRemplie,
    Saisie,
    TexteRempli,
    codifie,
    jour_du_fait,
)
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste
from services.socle.facts.command import CodeStr, Commande, CommuneStr, Ligne
from services.socle.facts.refusal import Motif, Refus, conflit

Effectif: TypeAlias = Annotated[int, Field(ge=0, le=30, strict=True)]
Codes: TypeAlias = Annotated[tuple[CodeStr, ...], Field(min_length=1, max_length=20)]


class IdentiteSaisie(Saisie):
    nom: LigneRemplie
    prenom: LigneRemplie
    naissance: Jour | None = None
    telephone: Ligne = ""
    courriel: Ligne = ""
    adresse: Ligne = ""


class CompositionSaisie(Saisie):
    adultes: Annotated[int, Field(ge=1, le=30, strict=True)]
    enfants: Effectif = 0
    type_menage: CodeStr
    tranche_age: CodeStr


class LogementSaisi(Saisie):
    commune: CommuneStr
    qpv: StrictBool
    typologie: CodeStr | None = None


class RepererMenage(Commande):
    menage: UUID
    identite: IdentiteSaisie
    composition: CompositionSaisie
    logement: LogementSaisi
    publics: Codes
    le: Jour | None = None


class PoserDiagnostic(Commande):
    motifs: Codes
    constat: TexteRempli
    le: Jour | None = None


class TenirRencontre(Commande):
    support: CodeStr
    le: Jour | None = None


Command: TypeAlias = RepererMenage | PoserDiagnostic | TenirRencontre
Event: TypeAlias = MenageRepere | DiagnosticPose | RencontreTenue


def decide(command: Command, parcours: Parcours, acte: Acte) -> list[Event]:
    _admettre(command, parcours, acte)
    match command, parcours.etape:
        case RepererMenage() as c, Etape.INCONNU:
            return [codifie(_menage_repere(c, acte), acte)]
        case RepererMenage(), _:
            raise Refus("menage_deja_repere")

        case PoserDiagnostic() as c, Etape.REPERE | Etape.SANS_SUITE:
            le = jour_du_fait(c.le, acte, parcours.repere_le)
            return [codifie(DiagnosticPose(c.motifs, c.constat, le), acte)]
        case PoserDiagnostic(), _:
            raise Refus("orientation_deja_ouverte")

        # After an orientation that came to nothing, the association has no reason to meet the household.
        case TenirRencontre(), Etape.SANS_SUITE if acte.organisation == parcours.association:
            raise Refus("orientation_absente")
        case TenirRencontre() as c, _:
            le = jour_du_fait(c.le, acte, parcours.repere_le)
            return [codifie(RencontreTenue(cote(parcours, acte), c.support, le), acte)]

        case _ as jamais:
            assert_never(jamais)


def _admettre(command: Command, parcours: Parcours, acte: Acte) -> None:
    match command:
        case RepererMenage() if parcours.etape is Etape.INCONNU:
            exiger_role(acte, BAILLEUR)
            return
        case RepererMenage() | PoserDiagnostic():
            exiger_bailleur(parcours, acte)
        case TenirRencontre():
            exiger_une_partie(parcours, acte)
    exiger_vivant(parcours)


def _menage_repere(c: RepererMenage, acte: Acte) -> MenageRepere:
    i, m, h = c.identite, c.composition, c.logement
    naissance = jour_du_fait(i.naissance, acte, NAISSANCE_MIN, "identite.naissance").isoformat() if i.naissance else ""
    return MenageRepere(
        menage=c.menage,
        bailleur=acte.organisation,
        identite=Identite(i.nom, i.prenom, naissance, i.telephone, i.courriel, i.adresse),
        composition=Composition(m.adultes, m.enfants, m.type_menage, m.tranche_age),
        logement=Logement(h.commune, h.qpv, h.typologie),
        publics=c.publics,
        le=jour_du_fait(c.le, acte, REPERAGE_MIN),
    )


REFUS: Mapping[str, Motif] = {
    "menage_deja_repere": conflit(
        "Ménage déjà repéré", "Ce dossier est déjà ouvert : poursuivez-le, ou prenez un autre identifiant."
    ),
}


def parties(new: Sequence[Event]) -> frozenset[UUID]:
    """The landlord, from the first event on."""
    return frozenset(event.bailleur for event in new if isinstance(event, MenageRepere))


reperage: Chapter[Command, Parcours, Jalon, Event] = Chapter(
    Jalon,
    Parcours(),
    avancer,
    decide,
    gestes=(
        geste(
            "reperer",
            RepererMenage,
            "Ouvre le dossier d'un ménage que le bailleur a repéré.",
            naissance=BAILLEUR,
        ),
        geste(
            "poser-diagnostic",
            PoserDiagnostic,
            "Note ce que le bailleur constate, avant toute transmission.",
            lambda _: PoserDiagnostic(motifs=("autre",), constat="…"),
        ),
        geste(
            "tenir-rencontre",
            TenirRencontre,
            "Note une rencontre avec le ménage.",
            lambda _: TenirRencontre(support="autre"),
        ),
    ),
    refus=REFUS,
    parties=parties,
)
