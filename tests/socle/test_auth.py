"""Tokens: what a forger tries is refused, whichever way; what a provider does (rotation, outage) is followed."""

from __future__ import annotations

import base64
import hmac
import json
import time
import warnings
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI, Request
from httpx import ASGITransport, AsyncClient
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from starlette.responses import JSONResponse

from services.socle.base.settings import Emetteur
from services.socle.facts.refusal import Refus
from services.socle.web import auth
from services.socle.web.auth import Acteur, ActeurConnu, Authentification, EmetteurInjoignable
from services.socle.web.http import application

MEMBRE = Acteur(UUID(int=1), UUID(int=2), frozenset({"agent"}), "bailleur")
ISS, AUTRE = "https://id.example", "https://autre.example"

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "alg": "ES256", "use": "sig"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
with warnings.catch_warnings(action="ignore"):
    FAIBLE = RSAKey.generate_key(1024, {"kid": "faible"})
CHIFFRE = RSAKey.generate_key(2048, {"kid": "chiffre"})  # published as an encryption key
PARTAGEE = OctKey.generate_key(256, {"kid": "partagee"})
AILLEURS = ECKey.generate_key("P-256", {"kid": "ec"})  # the same key id at another issuer
INCONNUE = ECKey.generate_key("P-256", {"kid": "inconnue"})


class Fournisseurs:
    """Two identity providers, served in this process; counts the reads of their keys."""

    def __init__(self) -> None:
        self.cles: dict[str, list[Any]] = {ISS: [RSA, EC, ED, FAIBLE, CHIFFRE, PARTAGEE], AUTRE: [AILLEURS]}
        self.lectures, self.panne = 0, False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.lectures += 1
        request = Request(scope, receive)
        if self.panne:
            await JSONResponse({}, 503)(scope, receive, send)
            return
        keys = [key.as_dict(private=key.key_type == "oct") for key in self.cles[f"https://{request.url.hostname}"]]
        keys = [{**key, "use": "enc"} if key["kid"] == "chiffre" else key for key in keys]
        listed: list[Any] = [*keys, {"kty": "RSA"}, {"kid": "x", "kty": "?"}, {"kid": 3, "kty": "EC", "crv": "P-256"}]
        await JSONResponse({"keys": listed})(scope, receive, send)


@pytest.fixture
def fournisseurs() -> Fournisseurs:
    return Fournisseurs()


@pytest.fixture
async def authentification(fournisseurs: Fournisseurs) -> AsyncIterator[Authentification]:
    async def trouver(emetteur: str, sujet: str) -> Acteur | None:
        return MEMBRE if (emetteur, sujet) == (ISS, "camille") else None

    async with httpx.AsyncClient(transport=ASGITransport(fournisseurs)) as client:
        emetteurs = [Emetteur(issuer=iss, jwks_url=f"{iss}/jwks", audience="maillage") for iss in (ISS, AUTRE)]
        yield Authentification(emetteurs, trouver, client)


def jeton(key: Any = EC, alg: str = "ES256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    now = int(time.time())
    body = {"iss": ISS, "sub": "camille", "aud": "maillage", "exp": now + 300, "iat": now, **claims}
    body = {name: value for name, value in body.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid, **(header or {})}, body, key, [alg])


def brut(header: Any, claims: Any, signature: bytes = b"") -> str:
    parts = [json.dumps(part).encode() if not isinstance(part, bytes) else part for part in (header, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, signature))


async def refus(authentification: Authentification, token: str) -> str:
    with pytest.raises(Refus) as refused:
        await authentification.acteur(token)
    return refused.value.motif


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA"), (ED, "Ed25519")])
async def test_un_jeton_juste_donne_le_membre(authentification: Authentification, key: Any, alg: str) -> None:
    assert await authentification.acteur(jeton(key, alg)) == MEMBRE
    assert await authentification.acteur(jeton(key, alg, aud=["autre", "maillage"])) == MEMBRE


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "autre"}, {"aud": ["autre"]}, {"aud": None}, {"aud": 3}, {"aud": "maillage2"},
        {"iss": "https://inconnu.example"}, {"iss": None}, {"iss": AUTRE}, {"iss": ["https://id.example"]},
        {"sub": None}, {"sub": ""}, {"sub": 3}, {"sub": "camille\x00"},
        {"nbf": time.time() + 86_400}, {"iat": time.time() + 86_400}, {"exp": None}, {"exp": "demain"}, {"nbf": "hier"},
    ],
)  # fmt: skip
async def test_des_revendications_fausses(authentification: Authentification, claims: dict[str, Any]) -> None:
    assert await refus(authentification, jeton(**claims)) == "jeton_invalide"


async def test_un_jeton_expire(authentification: Authentification) -> None:
    assert await refus(authentification, jeton(exp=int(time.time()) - 31)) == "jeton_expire"
    assert await authentification.acteur(jeton(exp=int(time.time()) - 20)) == MEMBRE, "clocks differ a little"


async def test_un_jeton_enorme_meme_bien_signe(authentification: Authentification) -> None:
    assert await authentification.acteur(jeton(remplissage="x" * 4000)) == MEMBRE
    assert await refus(authentification, jeton(remplissage="x" * 8000)) == "jeton_invalide"


async def test_personne_de_connu(authentification: Authentification) -> None:
    assert await refus(authentification, jeton(sub="dominique")) == "jeton_sans_acces"


async def test_la_cle_d_un_autre_emetteur(authentification: Authentification) -> None:
    """A provider we trust for its own people cannot sign for another's, even under the same key id."""
    assert await refus(authentification, jeton(AILLEURS)) == "jeton_invalide"
    assert await refus(authentification, jeton(AILLEURS, iss=AUTRE)) == "jeton_sans_acces"


@pytest.mark.parametrize(
    ("key", "alg"),
    [(FAIBLE, "RS256"), (CHIFFRE, "RS256"), (PARTAGEE, "HS256"), (RSA, "RS512"), (RSA, "PS256"), (INCONNUE, "ES256")],
)
async def test_une_cle_ou_un_algorithme_refuse(authentification: Authentification, key: Any, alg: str) -> None:
    assert await refus(authentification, jeton(key, alg)) == "jeton_invalide"


def contenu(**claims: Any) -> dict[str, Any]:
    return {"iss": ISS, "sub": "camille", "aud": "maillage", "exp": int(time.time()) + 300, **claims}


async def test_sans_signature(authentification: Authentification) -> None:
    for alg in ("none", "None", "NONE", "nOnE", ""):
        for kid in ("ec", "rsa"):
            assert await refus(authentification, brut({"alg": alg, "kid": kid}, contenu())) == "jeton_invalide"
    assert await refus(authentification, jeton().rpartition(".")[0] + ".") == "jeton_invalide"


async def test_la_cle_publique_prise_pour_un_secret(authentification: Authentification) -> None:
    unsigned = brut({"alg": "HS256", "kid": "rsa"}, contenu()).rpartition(".")[0]
    for secret in (RSA.as_pem(private=False), RSA.as_der(private=False), b""):
        signature = base64.urlsafe_b64encode(hmac.digest(secret, unsigned.encode(), "sha256")).rstrip(b"=").decode()
        assert await refus(authentification, f"{unsigned}.{signature}") == "jeton_invalide"


async def test_une_cle_apportee_par_le_jeton(authentification: Authentification) -> None:
    pirate = ECKey.generate_key("P-256")
    for header in (
        {"alg": "ES256", "kid": "ec", "jwk": pirate.as_dict(private=False)},
        {"alg": "ES256", "kid": "ec", "jku": "https://pirate.example/jwks"},
        {"alg": "ES256", "kid": "ec", "x5u": "https://pirate.example/x"},
        {"alg": "ES256", "kid": "inconnue", "jwk": pirate.as_dict(private=False)},
        {"alg": "ES256", "jwk": pirate.as_dict(private=False)},
    ):
        token = jwt.encode(header, contenu(), pirate, ["ES256"])
        assert await refus(authentification, token) == "jeton_invalide"


@pytest.mark.parametrize(
    "kid", ["../../etc/passwd", "' OR 1=1 --", "x" * 500, "\x00", "é", "", None, 3, ["ec"], {"a": 1}]
)
async def test_un_identifiant_de_cle_forge(authentification: Authentification, kid: Any) -> None:
    assert await refus(authentification, brut({"alg": "ES256", "kid": kid}, contenu(), b"x" * 64)) == "jeton_invalide"


async def test_un_contenu_altere(authentification: Authentification) -> None:
    header, _, signature = jeton().split(".")
    altered = base64.urlsafe_b64encode(json.dumps(contenu(sub="dominique")).encode()).rstrip(b"=").decode()
    assert await refus(authentification, f"{header}.{altered}.{signature}") == "jeton_invalide"


@pytest.mark.parametrize(
    "token",
    [
        "", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d", "é.é.é", "\x00", " ", "x" * 9000, "x." * 4000, "eyJ" * 100,
        brut([], {}), brut({}, []), brut({"alg": "ES256", "kid": "ec"}, b"\xff"), brut(b"{", b"{"),
        brut({"alg": ["ES256"], "kid": "ec"}, {}),
        brut({"alg": "ES256", "kid": "ec", "crit": ["b64"], "b64": False}, contenu()),
        brut({"alg": "ES256", "kid": "ec", "crit": ["x"], "x": 1}, contenu(), b"x" * 64),
        brut({"alg": "ES256", "kid": "ec"}, b'{"a":' * 1000 + b"1" + b"}" * 1000),
        brut({"alg": "ES256", "kid": "ec"}, b'{"sub": "\\ud800"}'),
    ],
)  # fmt: skip
async def test_un_jeton_qui_n_en_est_pas_un(authentification: Authentification, token: str) -> None:
    assert await refus(authentification, token) == "jeton_invalide"


async def test_les_cles_ne_sont_lues_qu_une_fois(
    authentification: Authentification, fournisseurs: Fournisseurs
) -> None:
    for _ in range(5):
        await authentification.acteur(jeton())
    assert fournisseurs.lectures == 1


async def test_des_cles_inventees_ne_font_pas_relire(
    authentification: Authentification, fournisseurs: Fournisseurs
) -> None:
    await authentification.acteur(jeton())
    for n in range(20):
        await refus(authentification, brut({"alg": "ES256", "kid": f"invente{n}"}, contenu(), b"x" * 64))
    assert fournisseurs.lectures == 1


async def test_une_nouvelle_cle_est_lue_et_une_retiree_ne_vaut_plus(
    authentification: Authentification, fournisseurs: Fournisseurs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await authentification.acteur(jeton())
    fournisseurs.cles[ISS] = [INCONNUE]
    monkeypatch.setattr(auth, "_RELIRE_AU_PLUS", -1)
    assert await authentification.acteur(jeton(INCONNUE)) == MEMBRE
    assert await refus(authentification, jeton(EC)) == "jeton_invalide"


async def test_un_jeton_deja_vu_s_arrete_avec_sa_cle_et_a_son_heure(
    authentification: Authentification, fournisseurs: Fournisseurs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its signature is not checked again; everything that may have changed since is."""
    vu, autre = jeton(EC), jeton(RSA, "RS256")
    checked = 0

    def compter(*args: Any, **kwargs: Any) -> bool:
        nonlocal checked
        checked += 1
        return bool(verifier(*args, **kwargs))

    verifier = jws.validate_compact
    monkeypatch.setattr(jws, "validate_compact", compter)
    for token in (vu, autre, vu, autre, vu):
        assert await authentification.acteur(token) == MEMBRE
    assert checked == 2
    monkeypatch.setattr(authentification, "_maintenant", lambda: time.time() + 331)
    assert await refus(authentification, vu) == "jeton_expire"
    monkeypatch.setattr(authentification, "_maintenant", time.time)
    fournisseurs.cles[ISS] = [RSA]
    monkeypatch.setattr(auth, "_RELIRE_AU_PLUS", -1)
    monkeypatch.setattr(auth, "_RELIRE_AU_MOINS", -1)
    assert await refus(authentification, vu) == "jeton_invalide"
    assert await authentification.acteur(autre) == MEMBRE


async def test_les_jetons_retenus_sont_comptes(
    authentification: Authentification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "_RETENUS", 2)
    tokens = [jeton(numero=n) for n in range(5)]
    for token in (*tokens, *tokens):
        assert await authentification.acteur(token) == MEMBRE
    assert len(authentification._verifies) == 2


async def test_un_fournisseur_en_panne(authentification: Authentification, fournisseurs: Fournisseurs) -> None:
    fournisseurs.panne = True
    with pytest.raises(EmetteurInjoignable):
        await authentification.acteur(jeton())


async def test_une_panne_ne_fait_pas_oublier_les_cles_connues(
    authentification: Authentification, fournisseurs: Fournisseurs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await authentification.acteur(jeton())
    fournisseurs.panne = True
    monkeypatch.setattr(auth, "_RELIRE_AU_PLUS", -1)
    monkeypatch.setattr(auth, "_RELIRE_AU_MOINS", -1)
    assert await authentification.acteur(jeton()) == MEMBRE
    assert fournisseurs.lectures == 2
    assert await refus(authentification, jeton(INCONNUE)) == "jeton_invalide"


# Through HTTP


@pytest.fixture
async def client(authentification: Authentification) -> AsyncIterator[AsyncClient]:
    app: FastAPI = application("Essai", motifs={}, authentification=authentification)

    @app.get("/moi")
    async def moi(acteur: ActeurConnu) -> dict[str, str]:
        return {"membre": str(acteur.membre)}

    @app.get("/reserve")
    async def reserve(acteur: ActeurConnu) -> None:
        acteur.exiger("responsable", "coordinateur")

    async with AsyncClient(transport=ASGITransport(app), base_url="http://essai") as client:
        yield client


def porte(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_le_membre_se_nomme(client: AsyncClient) -> None:
    assert (await client.get("/moi", headers=porte(jeton()))).json() == {"membre": str(MEMBRE.membre)}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "jeton_absent"), ({"Authorization": "Basic eA=="}, "jeton_absent"), ({"Authorization": "Bearer"}, "jeton_absent"),
        (porte("x"), "jeton_invalide"), (porte("x" * 60_000), "jeton_invalide"), (porte(jeton(exp=1)), "jeton_expire"),
        (porte(jeton(sub="dominique", exp=4e9)), "jeton_sans_acces"),
    ],
)  # fmt: skip
async def test_un_acces_refuse(client: AsyncClient, headers: dict[str, str], code: str) -> None:
    answer = await client.get("/moi", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_un_role_insuffisant(client: AsyncClient) -> None:
    answer = await client.get("/reserve", headers=porte(jeton()))
    assert (answer.status_code, answer.json()["code"]) == (403, "role_insuffisant")


async def test_un_fournisseur_en_panne_ne_dit_pas_que_le_jeton_est_faux(
    client: AsyncClient, fournisseurs: Fournisseurs
) -> None:
    fournisseurs.panne = True
    answer = await client.get("/moi", headers=porte(jeton()))
    assert (answer.status_code, answer.json()["code"]) == (503, "emetteur_injoignable")


async def test_l_openapi_dit_qu_il_faut_un_jeton(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["paths"]["/moi"]["get"]["security"] == [{"jeton": []}]
