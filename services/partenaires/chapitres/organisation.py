"""An organisation and its members: who is registered, who may act for it, and who decides that.

The exploitant registers an organisation and installs its first manager. From then on the organisation manages itself:
an exploitant who could habilitate anyone at any time could habilitate itself as a référent and read the cases. It may
still remove a member at once (a stolen account), and install a manager again where none is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol, TypeAlias, assert_never
from uuid import UUID

from msgspec import Struct
from pydantic import Field, StringConstraints

from contracts.partenaires import MembreHabilite, MembreInvite, MembreRetire, OrganisationInscrite
from services.partenaires.chapitres.identifiant import identifiant
from services.partenaires.chapitres.natures import GESTIONNAIRE, ROLES
from services.partenaires.chapitres.saisie import Nom
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste, geste_avec
from services.socle.facts.command import CodeStr, Commande, CommuneStr, Ligne, ecrit
from services.socle.facts.refusal import Motif, Refus, a_changer, a_corriger, conflit, interdit, introuvable

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


EXPLOITANT = frozenset({"exploitant"})
PERSONNE = UUID(int=0)


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
Event: TypeAlias = OrganisationInscrite | MembreInvite | MembreHabilite | MembreRetire
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


class Comptes(Protocol):
    """What this chapter asks of the world outside the organisation."""

    async def titulaire(self, emetteur: str, sujet: str) -> UUID | None:
        """The member, of any organisation, known to hold the subject."""
        ...


async def habiliter(demande: HabiliterMembre, state: State, acte: Acte, dehors: Comptes) -> HabiliterSujetConnu:
    if isinstance(state, Absente):
        raise Refus("inconnu")
    _installer(state, acte)
    return HabiliterSujetConnu(demande, await dehors.titulaire(state.emetteur, demande.sujet))


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


REFUS: Mapping[str, Motif] = {
    "nature_inconnue": a_corriger("Nature inconnue", "Choisissez la nature de l'organisation parmi : {possibles}."),
    "organisation_deja_inscrite": conflit(
        "Organisation déjà inscrite", "Cette organisation est déjà inscrite : invitez-y ses membres."
    ),
    "organisation_autonome": interdit(
        "Organisation autonome",
        "Cette organisation a quelqu'un pour gérer ses membres : demandez-lui d'inviter et d'habiliter.",
    ),
    "membre_inconnu": introuvable(
        "Membre introuvable", "Ce membre n'est pas de cette organisation : invitez-le d'abord."
    ),
    "membre_retire": a_changer("Membre retiré", "Ce membre a été retiré : invitez la personne à nouveau."),
    "roles_absents": a_corriger("Rôle à choisir", "Donnez au moins un rôle, parmi : {possibles}."),
    "role_interdit": a_corriger(
        "Rôle d'une autre nature d'organisation", "Dans cette organisation, les rôles possibles sont : {possibles}."
    ),
    "sujet_nominatif": a_corriger(
        "Sujet nominatif",
        "Le sujet ressemble à une adresse électronique : donnez l'identifiant opaque (« sub ») du jeton.",
    ),
    "sujet_deja_attribue": a_changer(
        "Compte déjà rattaché",
        "Ce compte est déjà celui d'un autre membre : vérifiez le sujet, ou faites retirer ce membre d'abord.",
    ),
    "dernier_gestionnaire": a_changer(
        "Dernière personne à gérer l'organisation",
        "Plus personne ne gérerait les membres de l'organisation : donnez d'abord ce rôle à quelqu'un d'autre.",
    ),
    "dernier_exploitant": a_changer(
        "Dernier exploitant", "Il ne resterait aucun exploitant : habilitez-en d'abord un autre."
    ),
}


def parties(new: Sequence[Event]) -> frozenset[UUID]:
    """The organisation itself."""
    return frozenset(event.organisation for event in new if isinstance(event, OrganisationInscrite))


organisation: Chapter[Command, State, Read, Event, Comptes] = Chapter(
    Read,
    Absente(),
    evolve,
    decide,
    gestes=(
        geste(
            "inscrire",
            InscrireOrganisation,
            "Ouvre Maillage à une organisation ; réservé à l'exploitant.",
            naissance=EXPLOITANT,
        ),
        geste(
            "inviter-membre",
            InviterMembre,
            "Invite une personne ; elle ne peut rien faire avant d'être habilitée.",
            lambda _: InviterMembre(nom="…"),
        ),
        geste_avec(
            "habiliter-membre",
            HabiliterMembre,
            habiliter,
            "Donne à un membre ses rôles et le compte avec lequel il se connecte.",
            lambda _: HabiliterMembre(membre=PERSONNE, sujet="-", roles=()),
            visible=True,
        ),
        geste(
            "retirer-membre",
            RetirerMembre,
            "Retire un membre : sa prochaine demande est refusée.",
            lambda _: RetirerMembre(membre=PERSONNE),
            visible=True,
        ),
    ),
    refus=REFUS,
    parties=parties,
)
