"""An organisation and its members: who is registered, who may act for it, and who decides that.

The exploitant registers an organisation and installs its first manager. From then on the organisation manages itself:
an exploitant who could habilitate anyone at any time could habilitate itself as a référent and read the cases. It may
still remove a member at once (a stolen account), and install a manager again where none is left.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias, assert_never
from uuid import UUID

from msgspec import Struct
from pydantic import Field, StringConstraints

from contracts.partenaires import MembreHabilite, MembreInvite, MembreRetire, OrganisationInscrite, organisations
from services.partenaires.chapitres.identifiant import identifiant
from services.partenaires.chapitres.natures import GESTIONNAIRE, ROLES
from services.partenaires.chapitres.saisie import Nom
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, Refus
from services.socle.facts.command import CodeStr, Commande, CommuneStr, Ligne, ecrit

Emetteur: TypeAlias = Annotated[
    str,
    StringConstraints(max_length=200),
    *ecrit(r"^https?://[\x21-\x7e]+$", "L'adresse du fournisseur d'identité est attendue, commençant par https://."),
]
"""The identity provider's issuer, compared byte for byte with the token's `iss`."""

Sujet: TypeAlias = Annotated[
    str,
    StringConstraints(max_length=255),
    *ecrit(r"^[\x21-\x7e]+$", "Le « sub » du jeton est attendu, sans espace ni accent."),
]
"""The token's `sub`: opaque. It travels in clear, so it must not name anyone."""


class InscrireOrganisation(Commande):
    """The exploitant opens the system to an organisation."""

    nom: Nom
    nature: CodeStr
    commune: CommuneStr
    emetteur: Emetteur


class InviterMembre(Commande):
    """A person is asked to join; they can do nothing until they are habilitated."""

    nom: Nom
    courriel: Ligne = ""


class HabiliterMembre(Commande):
    """The member acts under the subject their identity provider gives them. Replaces the roles held so far."""

    membre: UUID
    sujet: Sujet
    roles: Annotated[tuple[CodeStr, ...], Field(max_length=8)]


class HabiliterSujetConnu(Struct, frozen=True):
    """`HabiliterMembre` with the member, of any organisation, known to hold the subject already."""

    demande: HabiliterMembre
    titulaire: UUID | None = None


class RetirerMembre(Commande):
    """The member's next request fails."""

    membre: UUID


Command: TypeAlias = InscrireOrganisation | InviterMembre | HabiliterSujetConnu | RetirerMembre
Event: TypeAlias = organisations.Event
Read: TypeAlias = Event


class Membre(Struct, frozen=True):
    """Invited while `roles` is empty."""

    sujet: str = ""
    roles: frozenset[str] = frozenset()
    retire: bool = False


class Absente(Struct, frozen=True): ...


class Inscrite(Struct, frozen=True):
    organisation: UUID
    nature: str
    emetteur: str
    membres: dict[UUID, Membre] = {}

    def gestionnaires(self) -> set[UUID]:
        role = GESTIONNAIRE.get(self.nature)
        return {membre for membre, m in self.membres.items() if role in m.roles and not m.retire}


State: TypeAlias = Absente | Inscrite


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    if isinstance(command, InscrireOrganisation):
        return _inscrire(command, state, acte)
    if isinstance(state, Absente):
        raise Refus("inconnu")
    match command:
        case InviterMembre():
            _installer(state, acte)
            membre = identifiant("membre", acte)
            return [MembreInvite(membre, state.organisation, command.nom, command.courriel, acte.le)]
        case HabiliterSujetConnu():
            _installer(state, acte)
            return _habiliter(command, state, acte)
        case RetirerMembre():
            _gerer(state, acte)
            return _retirer(command, state, acte)
        case other:
            assert_never(other)


def _inscrire(command: InscrireOrganisation, state: State, acte: Acte) -> list[Event]:
    if "exploitant" not in acte.roles:
        raise Refus("role_insuffisant", roles=["exploitant"])
    if isinstance(state, Inscrite):
        raise Refus("organisation_deja_inscrite")
    if command.nature not in ROLES:
        raise Refus("nature_inconnue", nature=command.nature, possibles=sorted(ROLES))
    identite = identifiant("organisation", acte)
    return [OrganisationInscrite(identite, command.nom, command.nature, command.commune, command.emetteur, acte.le)]


def _gerer(state: Inscrite, acte: Acte) -> None:
    """Its managers and the exploitant touch an organisation's members; to any other it does not exist."""
    if acte.organisation == state.organisation:
        if (role := GESTIONNAIRE.get(state.nature)) not in acte.roles:
            raise Refus("role_insuffisant", roles=[role or "exploitant"])
    elif "exploitant" not in acte.roles:
        raise Refus("inconnu")


def _installer(state: Inscrite, acte: Acte) -> None:
    """As `_gerer`, but the exploitant only adds members where nobody manages the organisation."""
    _gerer(state, acte)
    if acte.organisation != state.organisation and state.gestionnaires():
        raise Refus("organisation_autonome")


def _habiliter(command: HabiliterSujetConnu, state: Inscrite, acte: Acte) -> list[Event]:
    demande, roles = command.demande, frozenset(command.demande.roles)
    membre = _membre(state, demande.membre)
    if membre.retire:
        raise Refus("membre_retire")
    if not roles:
        raise Refus("roles_absents", possibles=sorted(ROLES[state.nature]))
    if interdits := roles - ROLES[state.nature]:
        raise Refus("role_interdit", roles=sorted(interdits), possibles=sorted(ROLES[state.nature]))
    if "@" in demande.sujet:
        raise Refus("sujet_nominatif")
    if {command.titulaire, _titulaire(state, demande.sujet)} - {None, demande.membre}:
        raise Refus("sujet_deja_attribue")
    if (membre.sujet, membre.roles) == (demande.sujet, roles):
        return []
    if GESTIONNAIRE.get(state.nature) not in roles:
        _laisser_un_gestionnaire(demande.membre, state)
    return [
        MembreHabilite(
            demande.membre,
            state.organisation,
            state.nature,
            state.emetteur,
            demande.sujet,
            tuple(sorted(roles)),
            acte.le,
        )
    ]


def _retirer(command: RetirerMembre, state: Inscrite, acte: Acte) -> list[Event]:
    if _membre(state, command.membre).retire:
        return []
    # Without an exploitant nobody could install one again; a landlord without a manager still has the exploitant.
    if state.nature == "exploitant" or acte.organisation == state.organisation:
        _laisser_un_gestionnaire(command.membre, state)
    return [MembreRetire(command.membre, state.organisation, acte.le)]


def _laisser_un_gestionnaire(membre: UUID, state: Inscrite) -> None:
    if state.gestionnaires() == {membre}:
        raise Refus("dernier_exploitant" if state.nature == "exploitant" else "dernier_gestionnaire")


def _membre(state: Inscrite, membre: UUID) -> Membre:
    if membre not in state.membres:
        raise Refus("membre_inconnu")
    return state.membres[membre]


def _titulaire(state: Inscrite, sujet: str) -> UUID | None:
    """The member of this organisation who acts under `sujet`."""
    return next((membre for membre, m in state.membres.items() if m.sujet == sujet and not m.retire), None)


def evolve(state: State, event: Read) -> State:
    match event, state:
        case OrganisationInscrite(), _:
            return Inscrite(event.organisation, event.nature, event.emetteur)
        case _, Absente():
            return state
        case MembreInvite(), Inscrite():
            return _avec(state, event.membre, Membre())
        case MembreHabilite(), Inscrite():
            return _avec(state, event.membre, Membre(event.sujet, frozenset(event.roles)))
        case MembreRetire(), Inscrite():
            return _avec(state, event.membre, Membre(retire=True))
        case other:
            assert_never(other)


def _avec(state: Inscrite, membre: UUID, m: Membre) -> Inscrite:
    return Inscrite(state.organisation, state.nature, state.emetteur, state.membres | {membre: m})


organisation: Chapter[Command, State, Read, Event] = Chapter(Read, Absente(), evolve, decide)
