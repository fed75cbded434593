"""CloudEvents 1.0 around every fact: as Kafka headers (binary mode, `ce_*`) and as JSON (structured, batch) over HTTP.

The envelope says who, when, after what and in which shape; the fact itself is the Kafka value or the JSON's `data`.
Attributes beyond the standard ones are CloudEvents extensions, named by its rule (lowercase letters and digits only).
`dataschema` is a URN, because the standard wants an absolute URI and there is no registry to answer at an address:
`urn:maillage:schema:dossiers:MenageOriente.v1` is the file dossiers/MenageOriente.v1.json of contracts/schemas/.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

PREFIXE = "ce_"
TYPE_LOT = "application/cloudevents-batch+json"
URN = "urn:maillage:schema:"

_Texte: TypeAlias = Annotated[str, Meta(min_length=1)]
# CloudEvents integers are 32 bits, signed.
_Compte: TypeAlias = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class EnveloppeIllisible(ValueError):
    """The headers or the JSON are no envelope of ours; the message names the attribute, never its value."""


class Enveloppe(Struct, frozen=True, kw_only=True):
    """`subject` is the stream and `streamversion` the fact's place in it, from 1: together they tell repeats and gaps.

    `id` is the event's (UUIDv7), `source` the service (`/dossiers`), `time` the aware instant it was recorded,
    `organisation` and `auteur` who did it, `correlationid` the request it came from, `causationid` the fact or command
    just before it, `partitionkey` the Kafka key, `schemaversion` the shape of the data, `epoque` the life of the relay
    and broker it was sent in: offsets compare only within one. `traceparent` is W3C Trace Context's.
    """

    id: UUID
    source: _Texte
    type: _Texte
    subject: UUID
    time: Annotated[datetime, Meta(tz=True)]
    dataschema: _Texte
    streamversion: _Compte
    organisation: UUID
    auteur: UUID
    correlationid: UUID
    partitionkey: _Texte
    schemaversion: _Compte
    epoque: _Texte
    causationid: UUID | None = None
    traceparent: _Texte | None = None


class _Structure(Enveloppe, frozen=True, kw_only=True):
    """The JSON format: the same attributes, and the data beside them, left as bytes."""

    specversion: Literal["1.0"]
    data: Raw
    datacontenttype: Literal["application/json"] = "application/json"


_ATTRIBUTS = Enveloppe.__struct_fields__
_EN_TETE = {nom: PREFIXE + nom for nom in _ATTRIBUTS}
_ATTRIBUT = {en_tete: nom for nom, en_tete in _EN_TETE.items()}
_CONSTANTS = (("ce_specversion", b"1.0"), ("content-type", b"application/json"))
_LOT = msgspec.json.Decoder(list[_Structure])


def type_ce(service: str, nom: str) -> str:
    """The CloudEvents type of the events class `nom` of a service: fr.maillage.dossiers.MenageOriente."""
    return f"fr.maillage.{service}.{nom}"


def dataschema(service: str, nom: str, version: int) -> str:
    return f"{URN}{service}:{nom}.v{version}"


def chemin_du_schema(urn: str) -> str:
    """The schema's file, relative to contracts/schemas/. Raises ValueError for a URN that is not ours."""
    service, _, nom = urn.removeprefix(URN).partition(":")
    if not urn.startswith(URN) or not service.isidentifier() or not nom.replace(".", "_").isidentifier():
        raise ValueError(f"dataschema étranger : {urn}")
    return f"{service}/{nom}.json"


def en_tetes(enveloppe: Enveloppe) -> list[tuple[str, bytes]]:
    """Kafka headers, binary mode; absent attributes have none. Called once per fact sent."""
    # msgspec writes the UUIDs and the instant in C, twice as fast as str() and isoformat() would.
    return [
        *_CONSTANTS,
        *[
            (_EN_TETE[nom], valeur.encode() if valeur.__class__ is str else b"%d" % valeur)
            for nom, valeur in msgspec.to_builtins(enveloppe).items()
            if valeur is not None
        ],
    ]


def lire(headers: Sequence[tuple[str, bytes]]) -> Enveloppe:
    """The envelope in a message's headers; those that are not ours are passed over. Raises EnveloppeIllisible."""
    lus: dict[str, Any] = {}
    version = None
    try:
        for en_tete, valeur in headers:
            if nom := _ATTRIBUT.get(en_tete):
                if nom in lus:
                    raise EnveloppeIllisible(f"{en_tete} figure deux fois")
                lus[nom] = valeur.decode()
            elif en_tete == "ce_specversion":
                version = valeur
        for nom in ("streamversion", "schemaversion"):
            # int() alone would also read « 1_000 », « +3 » and other scripts' digits, and fail on thousands of digits.
            if lus[nom].isascii() and lus[nom].isdigit() and len(lus[nom]) <= 10:
                lus[nom] = int(lus[nom])
    except (AttributeError, UnicodeDecodeError):
        raise EnveloppeIllisible("un en-tête n'est pas du texte UTF-8") from None
    except KeyError as absent:
        raise EnveloppeIllisible(f"{PREFIXE}{absent.args[0]} manque") from None
    if version != b"1.0":
        raise EnveloppeIllisible("ce_specversion n'est pas 1.0")
    try:
        return msgspec.convert(lus, Enveloppe)
    except msgspec.ValidationError as error:
        raise EnveloppeIllisible(str(error)) from None


def lot(faits: Iterable[tuple[Enveloppe, bytes]]) -> bytes:
    """A CloudEvents JSON batch (media type TYPE_LOT) of envelopes with the JSON bytes of their facts."""
    return msgspec.json.encode(
        [
            {
                "specversion": "1.0",
                **{nom: valeur for nom, valeur in msgspec.structs.asdict(enveloppe).items() if valeur is not None},
                "datacontenttype": "application/json",
                "data": Raw(data),
            }
            for enveloppe, data in faits
        ]
    )


def lire_lot(corps: bytes) -> list[tuple[Enveloppe, bytes]]:
    """What `lot` wrote, in its order. Raises EnveloppeIllisible."""
    try:
        lus = _LOT.decode(corps)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EnveloppeIllisible(str(error)) from None
    return [(Enveloppe(**{nom: getattr(lu, nom) for nom in _ATTRIBUTS}), bytes(lu.data)) for lu in lus]
