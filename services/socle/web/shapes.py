"""What a question answers, as its OpenAPI document says it: read off the query itself, so that the two cannot part."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, Column, Uuid
from sqlalchemy import types as t

from services.socle.base.database import Query

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema."""

TEXTE: Schema = {"type": "string"}
ENTIER: Schema = {"type": "integer"}
NOMBRE: Schema = {"type": "number"}
OUI_NON: Schema = {"type": "boolean"}
IDENTIFIANT: Schema = {"type": "string", "format": "uuid"}
JOUR: Schema = {"type": "string", "format": "date"}
INSTANT: Schema = {"type": "string", "format": "date-time"}


def repond(schema: Schema, statut: int = 200, description: str = "Réponse") -> dict[int | str, Any]:
    """What a route is declared with: `@routes.get(…, responses=repond(page(ligne(liste()))))`."""
    return {statut: {"description": description, "content": {"application/json": {"schema": schema}}}}


def objet(**champs: Schema) -> Schema:
    """An object with these fields, all there, and no other."""
    return {"type": "object", "properties": champs, "required": list(champs), "additionalProperties": False}


def liste(element: Schema) -> Schema:
    return {"type": "array", "items": element}


def par(valeur: Schema) -> Schema:
    """Values by name, the names being data."""
    return {"type": "object", "additionalProperties": valeur}


def ou_rien(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]} if schema else {}


def page(element: Schema, **autres: Schema) -> Schema:
    """One page of a list (socle.page), with the fields an endpoint adds."""
    return objet(elements=liste(element), suivant=ou_rien(TEXTE), total=ENTIER, **autres)


def ligne(query: Query, sauf: Container[str] = (), **autres: Schema) -> Schema:
    """One row of the query but for the columns `sauf`, with the fields an endpoint adds."""
    columns = {str(column.key): _colonne(column) for column in query.selected_columns if column.key not in sauf}
    return objet(**columns, **autres)


def _colonne(column: Any) -> Schema:
    # Beyond a table's own column (a join, a function) anything may be missing.
    sure = isinstance(column, Column) and not column.nullable
    return _type(column.type) if sure else ou_rien(_type(column.type))


def _type(type_: Any) -> Schema:
    match type_:
        case ARRAY():
            return liste(_type(type_.item_type))
        case Uuid():
            return IDENTIFIANT
        case t.Date():
            return JOUR
        case t.DateTime():
            return INSTANT
        case t.Boolean():
            return OUI_NON
        case t.Integer():
            return ENTIER
        case t.Numeric():
            return NOMBRE
        case t.String():
            return TEXTE
        case _:
            return {}  # JSON: what the facts held
