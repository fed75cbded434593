"""The page a funder's engineer starts from: where each feed is, how far it goes, and a reader that runs as it is pasted."""

from __future__ import annotations

import asyncio
import re
from base64 import urlsafe_b64decode
from pathlib import Path
from shlex import quote
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter
from fastapi.responses import Response

import contracts
from services.portail.api import Introuvable
from services.portail.connexion import FournisseurInjoignable
from services.portail.formulaire import Formulaire
from services.portail.visite import LaVisite, Visite

routes = APIRouter()

_SCHEMAS = Path(contracts.__file__).parent / "schemas"
SCHEMAS = {
    **{fichier.name: fichier for fichier in sorted((_SCHEMAS / "flux").glob("*.json"))},
    "asyncapi.json": _SCHEMAS / "asyncapi" / "flux.json",
}
"""What the page links to: published contracts, the same for everybody."""

TITRES = {
    nom: str(msgspec.json.decode(fichier.read_bytes())["title"]).removesuffix(" (flux)")
    for nom, fichier in SCHEMAS.items()
    if nom != "asyncapi.json"
}

LECTEUR_HTTP = """FLUX={flux}
POSITION={convention}.position

JETON=$(curl -fsS {jeton} \\
  -d grant_type=client_credentials -d client_id={compte} \\
  --data-urlencode "client_secret=${{MAILLAGE_SECRET:-}}" |
  sed -n 's/.*"access_token" *: *"\\([^"]*\\)".*/\\1/p')

while
  DEPUIS=$(cat "$POSITION" 2>/dev/null)
  curl -fsS "$FLUX?limite=100${{DEPUIS:+&apres=$DEPUIS}}" \\
    -H "Authorization: Bearer $JETON" -D en-tetes -o lot.json &&
  [ "$(cat lot.json)" != "[]" ]
do
  cat lot.json; echo   # ici, votre traitement
  sed -n 's/^[Mm]aillage-[Ss]uivant: *\\([^[:space:]]*\\).*/\\1/p' en-tetes > "$POSITION"
done
"""
LECTEUR_KAFKA = """maillage flux suivre {sujet} \\
  --kafka {kafka}{utilisateur} \\
  --position {convention}.kafka --une-fois
"""
"""What people paste into a terminal; the tests paste it too."""

_COMPTE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@\-]{0,99}")
"""An account's name that may stand in a command line without quotes: the page must never offer somebody else's command."""


@routes.get("/flux")
async def flux(visite: LaVisite, convention: UUID | None = None, client: str | None = None) -> Response:
    """The reader's own feeds; one of them in full."""
    visite.reserver("financeur", "collectivite")
    lus, conventions = await asyncio.gather(
        visite.api.lire("notifications", "/flux"), visite.api.liste("partenaires", "/conventions")
    )
    flux = {f["convention"]: f for f in lus["elements"]}
    if convention and str(convention) not in flux:
        raise Introuvable
    choisi = flux.get(str(convention)) if convention else next(iter(flux.values()), None)
    f = _compte(visite, client)
    jeton = await _adresse_des_jetons(visite)
    return visite.page(
        "flux.html",
        200 if f.correct else 422,
        f=f,
        flux=list(flux.values()),
        choisi=choisi,
        conventions={c["convention"]: c for c in conventions},
        ouverture=visite.les.ouverture,
        jeton=jeton,
        exemples=_exemples(visite, choisi, jeton, f.brut("client") if f.correct else "") if choisi else {},
        issuer=visite.session.issuer,
        schemas=TITRES,
    )


def _exemples(visite: Visite, choisi: dict[str, Any], jeton: str | None, compte: str) -> dict[str, str]:
    """The reader's addresses and programs, as far as what they need is known."""
    ouverture, convention = visite.les.ouverture, choisi["convention"]
    exemples: dict[str, str] = {}
    if ouverture.http:
        exemples["adresse"] = f"{ouverture.http.rstrip('/')}/v1/flux/{convention}"
        if jeton and compte:
            exemples["http"] = LECTEUR_HTTP.format(
                flux=quote(exemples["adresse"]), convention=convention, jeton=quote(jeton), compte=compte
            )
    if ouverture.kafka:
        utilisateur = "" if ouverture.locale else f" --utilisateur financeur-{visite.personne.organisation}"
        exemples["kafka"] = LECTEUR_KAFKA.format(
            sujet=choisi["sujet"], kafka=quote(ouverture.kafka), utilisateur=utilisateur, convention=convention
        )
    return exemples


def _compte(visite: Visite, client: str | None) -> Formulaire:
    """The program's account: as typed; on a demonstration machine, where people and programs are one, the reader's own."""
    typed = (client or "").strip()
    if not typed and client is None and visite.les.ouverture.locale:
        typed = _sujet(visite.session.jetons.acces)
    f = Formulaire.neuf(client=typed)
    if typed and not _COMPTE.fullmatch(typed):
        f.erreur("client", "Écrivez le nom du compte avec des lettres, des chiffres, des points, des tirets.")
    return f


def _sujet(jeton: str) -> str:
    """Whose token it is, by its own word: enough to write an example, never to let anybody in."""
    charge = jeton.split(".")[1]
    return str(msgspec.json.decode(urlsafe_b64decode(charge + "=" * (-len(charge) % 4)))["sub"])


async def _adresse_des_jetons(visite: Visite) -> str | None:
    """Where programs of the reader's organisation get their tokens; None while its provider does not answer."""
    fournisseur = visite.les.connexions.par_issuer(visite.session.issuer)
    try:
        return (await fournisseur.description()).token_endpoint if fournisseur else None
    except FournisseurInjoignable:
        return None


@routes.get("/flux/schemas/{nom}")
async def schema(visite: LaVisite, nom: str) -> Response:
    visite.reserver("financeur", "collectivite")
    fichier: Any = SCHEMAS.get(nom)
    if fichier is None:
        raise Introuvable
    return Response(fichier.read_bytes(), media_type="application/json")
