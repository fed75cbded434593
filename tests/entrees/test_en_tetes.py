"""Headers nobody should send: commands without their id or with a used one, and tokens that are not one."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from tests.entrees.requetes import COMMANDES_A_CLE, LUS, POSTES, Place, nom, refuse
from tests.frontieres.exploration import Point
from tests.frontieres.partage import COMMANDES, SERVICES_ENTRE_EUX

pytestmark = pytest.mark.usefixtures("rien_n_est_enregistre")


# The command's id


@pytest.mark.parametrize("point", COMMANDES_A_CLE, ids=nom)
async def test_une_commande_sans_numero(place: Place, point: Point) -> None:
    assert refuse(point, await place.envoyer(point, Idempotency_Key=None), 400) == "cle_idempotence_absente"
    for cle in ("", "12", "é", "x" * 4000, "00000000-0000-0000-0000"):
        reponse = await place.envoyer(point, Idempotency_Key=cle)
        assert refuse(point, reponse, 400) == "cle_idempotence_invalide", cle


DES_GENS = [p for p in COMMANDES_A_CLE if COMMANDES[p.service, p.gabarit] not in ((), SERVICES_ENTRE_EUX)]


@pytest.mark.parametrize("point", DES_GENS, ids=nom)
async def test_un_numero_qui_a_servi(place: Place, point: Point) -> None:
    """The organisation's own: one of the two at least was another command, and this one, valid all through, is refused."""
    organisation = place.terrain.organisations[place.qui(point).partition(".")[0]]
    reponses = [await place.envoyer(point, Idempotency_Key=cle) for cle in place.servies[point.service, organisation]]
    autres = [reponse for reponse in reponses if reponse.status_code >= 400]
    assert autres
    for reponse in autres:
        assert refuse(point, reponse, 409) == "commande_deja_utilisee"


# The version in view


@pytest.mark.parametrize("point", [p for p in POSTES if p.chose not in (None, "message")], ids=nom)
async def test_une_version_qui_n_en_est_pas_une(place: Place, point: Point) -> None:
    for version in ("12", '"x"', "*", '"99999999999999999999"', '"-1"', '"1", "2"'):
        reponse = await place.envoyer(point, If_Match=version)
        assert refuse(point, reponse, 400) == "si_version_invalide", version
    assert refuse(point, await place.envoyer(point, If_Match='"999999"'), 412) == "version_perimee"


# Tokens


def _b64(texte: bytes) -> str:
    return base64.urlsafe_b64encode(texte).rstrip(b"=").decode()


def _lu(partie: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(partie + "=="))


def _jeton(en_tete: dict[str, Any], contenu: dict[str, Any], signe: bytes = b"x" * 64) -> str:
    return f"{_b64(json.dumps(en_tete).encode())}.{_b64(json.dumps(contenu).encode())}.{_b64(signe)}"


def _forges(place: Place) -> Iterator[tuple[str, str]]:
    """(what is wrong, token), all made from a good one."""
    emetteur = place.monde.poste.emetteur
    entete, charge, signature = emetteur.jeton("semis.agent").split(".")
    claims, kid = _lu(charge), _lu(entete)["kid"]
    eddsa = {"alg": "Ed25519", "kid": kid}
    yield "rien d'un jeton", "abc"
    yield "sans signature", f"{entete}.{charge}."
    yield "signature d'un autre", f"{entete}.{charge}.{_b64(b'x' * 64)}"
    yield "contenu change", f"{entete}.{_b64(json.dumps(claims | {'sub': 'exploitant'}).encode())}.{signature}"
    yield "trop long", f"{entete}.{_b64(b'x' * 20_000)}.{signature}"
    yield "alg none", _jeton({"alg": "none", "kid": kid}, claims, b"")
    hs = f"{_b64(json.dumps({'alg': 'HS256', 'kid': kid}).encode())}.{charge}"
    publique = json.dumps(emetteur.jwks()["keys"][0]).encode()
    yield "hmac de la cle publique", f"{hs}.{_b64(hmac.digest(publique, hs.encode(), 'sha256'))}"
    yield "cle inconnue", _jeton(eddsa | {"kid": "autre"}, claims)
    sienne = OKPKey.generate_key("Ed25519").as_dict(private=False)
    yield "cle fournie", _jeton(eddsa | {"jwk": sienne}, claims)
    yield "emetteur inconnu", _jeton(eddsa, claims | {"iss": "https://x.example"})
    yield "pour d'autres", emetteur.jeton("semis.agent", aud="autre")
    yield "emis ailleurs", emetteur.jeton("semis.agent", iss="https://x.example")


@pytest.mark.parametrize("point", [p for p in (*LUS, *POSTES) if p.gabarit.startswith("/v1/")], ids=nom)
async def test_sans_un_bon_jeton_rien_ne_repond(place: Place, point: Point) -> None:
    async def avec(autorisation: str | None) -> str:
        return refuse(point, await place.envoyer(point, Authorization=autorisation), 401)

    for absent in (None, "", "Bearer", "Bearer ", "Basic c2VtaXM6eA=="):
        assert await avec(absent) == "jeton_absent", absent
    for quoi, forge in _forges(place):
        assert await avec(f"Bearer {forge}") == "jeton_invalide", quoi
    emetteur = place.monde.poste.emetteur
    assert await avec(f"Bearer {emetteur.jeton('semis.agent', -3600)}") == "jeton_expire"
    assert await avec(f"Bearer {emetteur.jeton('personne')}") == "jeton_sans_acces"
