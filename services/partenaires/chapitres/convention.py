"""A convention: a landlord and an association agree on places and dates for a dispositif, and on who pays.

It runs from its first day once both have signed, and ends the day after its last. What the clock does carries the date
it was due, not the date the clock got round to it: a clock stopped for ten days then tells the same story.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, Protocol, TypeAlias, assert_never
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts.partenaires import (
    ConventionActivee,
    ConventionEchue,
    ConventionProposee,
    ConventionSignee,
    LigneDeFinancement,
    PlanDeFinancementEtabli,
)
from services.partenaires.chapitres.dispositif import PORTEURS, ReglesDemandees
from services.partenaires.chapitres.identifiant import identifiant
from services.partenaires.chapitres.natures import FINANCENT
from services.partenaires.chapitres.saisie import Jour, Saisie, verifier
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste, geste_avec
from services.socle.facts.command import CodeStr, Commande
from services.socle.facts.refusal import Motif, Refus, a_changer, a_corriger, conflit, interdit


class ProposerConvention(Commande):
    """One of the two parties writes down what they agreed. Without `regles`, the dispositif's apply."""

    dispositif: UUID
    bailleur: UUID
    association: UUID
    places: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    debut: Jour
    fin: Jour
    regles: ReglesDemandees | None = None


class ProposerEntreConnus(Struct, frozen=True):
    """`ProposerConvention` with what lies outside its stream; None is what the proposing organisation cannot see."""

    demande: ProposerConvention
    regles_du_dispositif: ReglesDemandees | None
    nature_bailleur: str | None
    nature_association: str | None


class SignerConvention(Commande):
    """The acting organisation signs, today or on the day written on the paper (`le`)."""

    le: Jour | None = None


class ActiverConvention(Commande):
    """The clock: the first day of a convention signed beforehand has come."""


class EchoirConvention(Commande):
    """The clock: the last day has passed."""


class LigneDemandee(Saisie):
    """One funder's share, in euro cents."""

    financeur: UUID
    source: CodeStr
    montant_centimes: Annotated[int, Field(ge=0, le=10**12, strict=True)]


class EtablirPlanDeFinancement(Commande):
    """Who pays how much in `annee`. Replaces the year's plan."""

    annee: Annotated[int, Field(ge=2000, le=2100, strict=True)]
    lignes: Annotated[tuple[LigneDemandee, ...], Field(min_length=1, max_length=50)]


class EtablirPlanEntreConnus(Struct, frozen=True):
    """`EtablirPlanDeFinancement` with the nature of each organisation it names; unknown ones are missing."""

    demande: EtablirPlanDeFinancement
    natures: dict[UUID, str]


Command: TypeAlias = (
    ProposerEntreConnus | SignerConvention | ActiverConvention | EchoirConvention | EtablirPlanEntreConnus
)
Event: TypeAlias = ConventionProposee | ConventionSignee | ConventionActivee | ConventionEchue | PlanDeFinancementEtabli
Read: TypeAlias = Event


class Inexistante(Struct, frozen=True): ...


class Convention(Struct, frozen=True):
    """`plans` holds the lines of each year."""

    termes: ConventionProposee
    statut: Literal["en_signature", "active", "echue"] = "en_signature"
    signataires: frozenset[UUID] = frozenset()
    plans: dict[int, tuple[LigneDeFinancement, ...]] = {}

    @property
    def signee(self) -> bool:
        return {self.termes.bailleur, self.termes.association} <= self.signataires


State: TypeAlias = Inexistante | Convention


class Registre(Protocol):
    """What this chapter asks of the world outside the convention."""

    async def regles(self, dispositif: UUID, acte: Acte) -> ReglesDemandees | None:
        """The dispositif's own; None when the acting organisation does not see it."""
        ...

    async def natures(self, organisations: Collection[UUID]) -> dict[UUID, str]:
        """Of those that are registered."""
        ...


async def proposer(demande: ProposerConvention, state: State, acte: Acte, dehors: Registre) -> ProposerEntreConnus:
    regles, natures = await asyncio.gather(
        dehors.regles(demande.dispositif, acte), dehors.natures({demande.bailleur, demande.association})
    )
    return ProposerEntreConnus(demande, regles, natures.get(demande.bailleur), natures.get(demande.association))


async def etablir(
    demande: EtablirPlanDeFinancement, state: State, acte: Acte, dehors: Registre
) -> EtablirPlanEntreConnus:
    if isinstance(state, Inexistante):
        raise Refus("inconnu")
    _partie(state, acte)
    return EtablirPlanEntreConnus(demande, await dehors.natures({ligne.financeur for ligne in demande.lignes}))


def _essai_etablir(state: State) -> EtablirPlanDeFinancement:
    """For its first year, by one of its own parties, of nothing."""
    termes = state.termes if isinstance(state, Convention) else None
    ligne = LigneDemandee(financeur=termes.bailleur if termes else UUID(int=0), source="autre", montant_centimes=0)
    return EtablirPlanDeFinancement(annee=termes.debut.year if termes else 2000, lignes=(ligne,))


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    if isinstance(command, ProposerEntreConnus):
        return _proposer(command, state, acte)
    if isinstance(state, Inexistante):
        raise Refus("inconnu")
    match command:
        case SignerConvention():
            return _signer(command, state, acte)
        case EtablirPlanEntreConnus():
            return _financer(command, state, acte)
        case ActiverConvention():
            return _activer(state, acte)
        case EchoirConvention():
            return _echoir(state, acte)
        case other:
            assert_never(other)


def _proposer(command: ProposerEntreConnus, state: State, acte: Acte) -> list[Event]:
    demande = command.demande
    if acte.organisation not in (demande.bailleur, demande.association):
        raise Refus("partie_etrangere")
    _engage(acte, demande.bailleur)
    if isinstance(state, Convention):
        raise Refus("convention_deja_proposee")
    if command.regles_du_dispositif is None:
        raise Refus("dispositif_inconnu")
    if command.nature_bailleur != "bailleur":
        raise Refus("partie_inconnue", partie="bailleur")
    if command.nature_association != "association":
        raise Refus("partie_inconnue", partie="association")
    if demande.fin <= demande.debut:
        raise Refus("convention_sans_duree", debut=demande.debut, fin=demande.fin)
    if demande.fin < acte.le:
        raise Refus("convention_perimee", fin=demande.fin)
    regles = demande.regles or command.regles_du_dispositif
    return [
        ConventionProposee(
            identifiant("convention", acte),
            demande.dispositif,
            demande.bailleur,
            demande.association,
            demande.places,
            demande.debut,
            demande.fin,
            regles.regles(),
            acte.le,
        )
    ]


def _signer(command: SignerConvention, state: Convention, acte: Acte) -> list[Event]:
    _partie(state, acte)
    le = command.le or acte.le
    if le > acte.le:
        raise Refus("date_future", champ="le", date=le)
    if le < state.termes.le:
        raise Refus("signature_avant_proposition", date=le, proposition=state.termes.le)
    if acte.organisation in state.signataires:
        return []
    if acte.le > state.termes.fin:
        raise Refus("convention_perimee", fin=state.termes.fin)
    signature = ConventionSignee(state.termes.convention, acte.organisation, acte.membre, le)
    signee = evolve(state, signature)
    if isinstance(signee, Convention) and signee.signee and state.termes.debut <= acte.le:
        return [signature, _activation(state.termes, acte.le)]
    return [signature]


def _financer(command: EtablirPlanEntreConnus, state: Convention, acte: Acte) -> list[Event]:
    _partie(state, acte)
    demande, termes = command.demande, state.termes
    if state.statut == "echue":
        raise Refus("convention_echue", fin=termes.fin)
    if not termes.debut.year <= demande.annee <= termes.fin.year:
        raise Refus("annee_hors_convention", annee=demande.annee, de=termes.debut.year, a=termes.fin.year)
    lignes = tuple(LigneDeFinancement(**ligne.model_dump()) for ligne in demande.lignes)
    verifier("lignes.source", "source_financement", [ligne.source for ligne in lignes], acte.le)
    if inconnus := {ligne.financeur for ligne in lignes if command.natures.get(ligne.financeur) not in FINANCENT}:
        raise Refus("financeur_inconnu", financeurs=sorted(inconnus))
    if len({(ligne.financeur, ligne.source) for ligne in lignes}) < len(lignes):
        raise Refus("ligne_en_double")
    if not sum(ligne.montant_centimes for ligne in lignes):
        raise Refus("plan_sans_montant")
    if state.plans.get(demande.annee) == lignes:
        return []
    return [PlanDeFinancementEtabli(termes.convention, demande.annee, lignes, acte.le)]


def _activer(state: Convention, acte: Acte) -> list[Event]:
    _service(acte)
    if state.statut != "en_signature":
        return []
    if not state.signee:
        raise Refus("convention_non_signee")
    if acte.le < state.termes.debut:
        raise Refus("convention_pas_commencee", debut=state.termes.debut)
    return [_activation(state.termes, state.termes.debut)]


def _echoir(state: Convention, acte: Acte) -> list[Event]:
    _service(acte)
    if state.statut == "echue":
        return []
    if state.statut != "active":
        raise Refus("convention_non_active")
    if acte.le <= state.termes.fin:
        raise Refus("convention_en_cours", fin=state.termes.fin)
    return [ConventionEchue(state.termes.convention, state.termes.fin, state.termes.fin + timedelta(days=1))]


def _activation(termes: ConventionProposee, le: date) -> ConventionActivee:
    t = termes
    return ConventionActivee(
        t.convention, t.dispositif, t.bailleur, t.association, t.places, t.debut, t.fin, t.regles, le
    )


def _partie(state: Convention, acte: Acte) -> None:
    """The acting organisation is a party and the member may commit it; to anyone else the convention does not exist."""
    if acte.organisation not in (state.termes.bailleur, state.termes.association):
        raise Refus("inconnu")
    _engage(acte, state.termes.bailleur)


def _engage(acte: Acte, bailleur: UUID) -> None:
    role = "responsable" if acte.organisation == bailleur else "coordinateur"
    if role not in acte.roles:
        raise Refus("role_insuffisant", roles=[role])


def _service(acte: Acte) -> None:
    """Only the clock's own account turns dates into facts; to anyone else the command does not exist."""
    if "service" not in acte.roles:
        raise Refus("inconnu")


def evolve(state: State, event: Read) -> State:
    match event, state:
        case ConventionProposee(), _:
            return Convention(event)
        case _, Inexistante():
            return state
        case ConventionSignee(organisation=organisation), Convention():
            return replace(state, signataires=state.signataires | {organisation})
        case ConventionActivee(), Convention():
            return replace(state, statut="active")
        case ConventionEchue(), Convention():
            return replace(state, statut="echue")
        case PlanDeFinancementEtabli(annee=annee, lignes=lignes), Convention():
            return replace(state, plans=state.plans | {annee: lignes})
        case other:
            assert_never(other)


REFUS: Mapping[str, Motif] = {
    "dispositif_inconnu": a_corriger(
        "Dispositif inconnu",
        "Ce dispositif n'existe pas, ou votre organisation n'y a pas accès : vérifiez l'identifiant.",
    ),
    "partie_etrangere": interdit(
        "Convention entre d'autres",
        "Une convention se propose par l'une de ses parties : votre organisation en est le bailleur ou l'association.",
    ),
    "partie_inconnue": a_corriger(
        "Partie inconnue", "Le champ « {partie} » ne désigne pas une organisation inscrite de cette nature."
    ),
    "convention_deja_proposee": conflit("Convention déjà proposée", "Cette convention est déjà proposée."),
    "convention_sans_duree": a_corriger(
        "Dates inversées", "La fin ({fin}) doit venir après le début ({debut}) : corrigez l'une des deux."
    ),
    "convention_perimee": conflit(
        "Convention déjà finie", "La convention finit le {fin}, avant aujourd'hui : proposez-en une nouvelle."
    ),
    "signature_avant_proposition": a_changer(
        "Signature trop ancienne", "La convention a été proposée le {proposition} : elle n'a pas pu être signée avant."
    ),
    "convention_non_signee": conflit(
        "Signature manquante", "La convention attend encore la signature d'une des deux parties."
    ),
    "convention_pas_commencee": conflit("Convention à venir", "La convention ne commence que le {debut}."),
    "convention_non_active": conflit(
        "Convention jamais active", "Une convention qui n'a pas été active ne peut pas échoir."
    ),
    "convention_en_cours": conflit("Convention en cours", "La convention court jusqu'au {fin} inclus."),
    "convention_echue": conflit(
        "Convention échue", "La convention a pris fin le {fin} : son plan de financement ne change plus."
    ),
    "annee_hors_convention": a_corriger(
        "Année hors convention", "La convention va de {de} à {a} : choisissez une de ces années."
    ),
    "financeur_inconnu": a_corriger(
        "Financeur inconnu",
        "Une ligne désigne une organisation qui n'est pas inscrite ou ne peut pas financer : vérifiez l'identifiant.",
    ),
    "ligne_en_double": a_corriger(
        "Ligne en double", "Un financeur n'a qu'une ligne par source : additionnez les montants."
    ),
    "plan_sans_montant": a_corriger("Plan sans montant", "Le total du plan est nul : saisissez au moins un montant."),
}


def parties(new: Sequence[Event]) -> frozenset[UUID]:
    """Both, from the proposal on."""
    return frozenset(p for e in new if isinstance(e, ConventionProposee) for p in (e.bailleur, e.association))


convention: Chapter[Command, State, Read, Event, Registre] = Chapter(
    Read,
    Inexistante(),
    evolve,
    decide,
    gestes=(
        geste_avec(
            "proposer",
            ProposerConvention,
            proposer,
            "Propose une convention entre un bailleur et une association, dont la vôtre.",
            naissance=PORTEURS,
        ),
        geste(
            "signer",
            SignerConvention,
            "Signe la convention pour votre organisation.",
            lambda _: SignerConvention(),
        ),
        geste_avec(
            "etablir-plan-de-financement",
            EtablirPlanDeFinancement,
            etablir,
            "Dit qui paie combien dans l'année ; remplace son plan.",
            _essai_etablir,
        ),
        geste(
            "activer",
            ActiverConvention,
            "Le premier jour d'une convention signée est venu ; réservé à l'horloge.",
            horloge=True,
        ),
        geste(
            "echoir",
            EchoirConvention,
            "Le dernier jour de la convention est passé ; réservé à l'horloge.",
            horloge=True,
        ),
    ),
    refus=REFUS,
    parties=parties,
)
