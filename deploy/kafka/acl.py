"""Who may do what on Kafka: one user per service and per funder, everything denied that is not said here.

A service writes its own topic and reads those it follows. A funder reads its own feed and nothing else. All rights on a
family of names end with the separator: `flux.a.` is not the beginning of `flux.ab.`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from deploy.moteurs.sujets import DELAI, SUJETS, Identifiants, administrateur, creer_sujets

SUIT = {
    "dossiers": ("dossiers", "partenaires"),
    "partenaires": ("dossiers", "partenaires"),
    "notifications": ("dossiers", "partenaires", "notifications"),
    "portail": ("dossiers",),
}
"""The topics each service reads: its own too, where the relay finds the last fact it sent."""

ECRIT = {
    "dossiers": ("dossiers",),
    "partenaires": ("partenaires",),
    "notifications": ("notifications",),
    "portail": (),
}
PUBLIE_LES_FLUX = "notifications"

LIRE, ECRIRE, CREER, DECRIRE = AclOperation.READ, AclOperation.WRITE, AclOperation.CREATE, AclOperation.DESCRIBE
EXACT, PREFIXE = ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED
SUJET, GROUPE = ResourceType.TOPIC, ResourceType.GROUP
TOUS: Any = None  # what a filter takes for any name; the library's stubs forgot it

_FINANCEUR = re.compile(r"[A-Za-z0-9_-]{1,60}")


def preparer(bootstrap: str, admin: Identifiants, mots_de_passe: Mapping[str, str]) -> None:
    """Create the topics, and per service (name → password) its user and rights. A second run changes nothing else.

    Raises KafkaException.
    """
    creer_sujets(bootstrap, SUJETS, admin)
    client = administrateur(bootstrap, admin)
    for service, mot_de_passe in mots_de_passe.items():
        _utilisateur(client, service, mot_de_passe)
        _accorder(client, droits_service(service))


def ouvrir_flux(bootstrap: str, admin: Identifiants, financeur: str, mot_de_passe: str | None = None) -> Identifiants:
    """Give `financeur` (its id in the topics' names) a user that reads its feed; again with a new password if it has one.

    Raises ValueError for a name that could open another's feed, KafkaException.
    """
    # A point would make a prefix of the name: the funder « a.b » would stand inside « a »'s feed.
    if not _FINANCEUR.fullmatch(financeur):
        raise ValueError("financeur: letters, digits, - and _ only")
    acces = Identifiants(f"financeur-{financeur}", mot_de_passe or secrets.token_urlsafe(24), admin.protocole, admin.ca)
    client = administrateur(bootstrap, admin)
    _utilisateur(client, acces.utilisateur, acces.mot_de_passe)
    _accorder(client, droits_financeur(financeur))
    return acces


def fermer_flux(bootstrap: str, admin: Identifiants, financeur: str) -> None:
    """Take its rights away, which binds its open connections too, then its user. Nothing if it has none."""
    client = administrateur(bootstrap, admin)
    qui = f"financeur-{financeur}"
    filtre = AclBindingFilter(
        ResourceType.ANY, TOUS, ResourcePatternType.ANY, f"User:{qui}", TOUS, AclOperation.ANY, AclPermissionType.ANY
    )
    _attendre(client.delete_acls([filtre]))
    suppression = UserScramCredentialDeletion(qui, ScramMechanism.SCRAM_SHA_512)
    for futur in client.alter_user_scram_credentials([suppression]).values():
        try:
            futur.result(DELAI)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.RESOURCE_NOT_FOUND:
                raise


def droits_service(service: str) -> list[AclBinding]:
    """The rights of one of our services. Raises KeyError for another name."""
    droits = [
        *(_droit(service, SUJET, nom, EXACT, action) for nom in SUIT[service] for action in (LIRE, DECRIRE)),
        *(_droit(service, SUJET, nom, EXACT, ECRIRE) for nom in ECRIT[service]),
        *(_droit(service, GROUPE, f"{service}.", PREFIXE, action) for action in (LIRE, DECRIRE)),
    ]
    if service == PUBLIE_LES_FLUX:
        droits += [_droit(service, SUJET, "flux.", PREFIXE, action) for action in (CREER, ECRIRE, LIRE, DECRIRE)]
    return droits


def droits_financeur(financeur: str) -> list[AclBinding]:
    """A funder's: read its feed's topics, within consumer groups of its own."""
    prefixe = f"flux.{financeur}."
    return [
        _droit(f"financeur-{financeur}", ou, prefixe, PREFIXE, action)
        for ou in (SUJET, GROUPE)
        for action in (LIRE, DECRIRE)
    ]


def _droit(qui: str, ou: ResourceType, nom: str, comment: ResourcePatternType, action: AclOperation) -> AclBinding:
    return AclBinding(ou, nom, comment, f"User:{qui}", "*", action, AclPermissionType.ALLOW)


def _utilisateur(client: AdminClient, nom: str, mot_de_passe: str) -> None:
    sel = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 8192)
    _attendre(client.alter_user_scram_credentials([UserScramCredentialUpsertion(nom, sel, mot_de_passe.encode())]))


def _accorder(client: AdminClient, droits: Iterable[AclBinding]) -> None:
    _attendre(client.create_acls(list(droits)))


def _attendre(futurs: Mapping[Any, Future[Any]]) -> None:
    for futur in futurs.values():
        futur.result(DELAI)
