"""The topics in AsyncAPI 3.0: what a reader finds on each, with which headers; payloads point to the schemas."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import msgspec

from contracts.envelope import PREFIXE, Enveloppe, dataschema, type_ce
from contracts.message import Message

_TITRES = {
    "dossiers": "Maillage : les faits des dossiers",
    "partenaires": "Maillage : les faits des partenaires",
    "notifications": "Maillage : les messages adressés, et les faits codés des conventions",
    "flux": "Maillage : le flux des financeurs",
}

_INTERNE = (
    "Sujet interne à Maillage. La clé est l'identifiant de la suite d'événements (ce_subject) ; dans une suite les "
    "faits arrivent dans l'ordre de ce_streamversion, chacun au moins une fois. Les données personnelles (x-personnel) "
    "sont des jetons chiffrés « chiffre:1:… » : rien de nominatif n'y est en clair."
)
_DESCRIPTIONS = {
    "dossiers": _INTERNE,
    "partenaires": _INTERNE,
    "notifications": _INTERNE,
    "flux": (
        "Ce qu'un financeur reçoit d'une convention : des faits pseudonymes, à la semaine, codés, comptés. Le lecteur "
        "se souvient du dernier ce_streamversion traité : un numéro déjà vu est une répétition, un numéro manquant un "
        "trou. FluxDonneesEffacees demande d'oublier tout ce qui porte ce pseudonyme. Les mêmes faits se lisent en HTTP "
        "par curseur, en lots CloudEvents (application/cloudevents-batch+json). Les libellés des codes (x-liste) sont "
        "dans contracts/codes/."
    ),
}
_PARAMETRES = {
    "financeur": {"description": "Identifiant du financeur destinataire."},
    "convention": {"description": "Identifiant de la convention financée."},
}


def document(service: str, classes: Sequence[type[Message]]) -> dict[str, Any]:
    """The AsyncAPI document of one topic family."""
    flux = service == "flux"
    canal: dict[str, Any] = {
        "address": "flux.{financeur}.{convention}" if flux else service,
        "title": _TITRES[service],
        "messages": {classe.__name__: {"$ref": f"#/components/messages/{classe.__name__}"} for classe in classes},
        "bindings": {"kafka": {"partitions": 1 if flux else 6, "bindingVersion": "0.5.0"}},
    }
    if flux:
        canal["parameters"] = _PARAMETRES
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:maillage:asyncapi:{service}",
        "info": {
            "title": _TITRES[service],
            "version": "1.0.0",
            "description": _DESCRIPTIONS[service],
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/json",
        "channels": {service: canal},
        "operations": {"publier": {"action": "send", "channel": {"$ref": f"#/channels/{service}"}}},
        "components": {
            "messages": {classe.__name__: _message(service, classe) for classe in classes},
            "schemas": {"EnTetes": _en_tetes(flux)},
        },
    }


def _message(service: str, classe: type[Message]) -> dict[str, Any]:
    nom, version = classe.__name__, classe.schema_version
    message: dict[str, Any] = {"name": type_ce(service, nom), "title": classe.titre, "contentType": "application/json"}
    if classe.__doc__:
        message["summary"] = inspect.cleandoc(classe.__doc__).partition("\n\n")[0].replace("\n", " ")
    propres = {
        "ce_type": {"const": type_ce(service, nom)},
        "ce_dataschema": {"const": dataschema(service, nom, version)},
    }
    message["headers"] = {
        "type": "object",
        "allOf": [{"$ref": "#/components/schemas/EnTetes"}, {"properties": propres}],
    }
    message["payload"] = {
        "schemaFormat": "application/schema+json;version=2020-12",
        "schema": {"$ref": f"../{service}/{nom}.v{version}.json"},
    }
    message["bindings"] = {"kafka": {"key": {"type": "string", "format": "uuid"}, "bindingVersion": "0.5.0"}}
    return message


def _en_tetes(flux: bool) -> dict[str, Any]:
    """The envelope as headers: the same attributes, prefixed, every value UTF-8 text. A trace does not leave in a feed."""
    lu = msgspec.json.schema_components([Enveloppe])[1]["Enveloppe"]
    proprietes: dict[str, Any] = {
        "ce_specversion": {"const": "1.0"},
        "content-type": {"const": "application/json"},
    }
    for nom, schema in lu["properties"].items():
        if flux and nom == "traceparent":
            continue
        texte = next((branche for branche in schema.get("anyOf", ()) if branche["type"] != "null"), schema)
        entier = texte["type"] == "integer"
        proprietes[PREFIXE + nom] = {"type": "string", "pattern": "^[0-9]+$"} if entier else texte
    return {
        "type": "object",
        "properties": proprietes,
        "required": ["ce_specversion", *[PREFIXE + nom for nom in lu["required"]]],
    }
