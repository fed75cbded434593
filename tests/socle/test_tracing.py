"""Traces follow a request on its way and reach a collector, or cost nothing; they carry nothing of anybody's."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from opentelemetry.trace import INVALID_SPAN, get_current_span

from services.socle.base import telemetry, tracing
from services.socle.base.exporting import LAST, exporting
from services.socle.web.http import application
from tests.collecteur import RACINE, Collecteur, collecteur

TRACE, AILLEURS = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{AILLEURS}-01"
NON_SUIVI = f"{PARENT[:-2]}00"
MARQUE = "Camille Exemple"

FAUX = [
    "",
    "x",
    "00-0-0-0",
    f"00-{'0' * 32}-{AILLEURS}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"ff-{TRACE}-{AILLEURS}-01",
    PARENT.upper(),
    PARENT + "-suite",
    f"01{PARENT[2:]}-{'x' * 200}",
    f" {PARENT}",
    PARENT + "0" * 4000,
    "é" * 55,
]


@pytest.fixture
def le() -> Iterator[Collecteur]:
    with collecteur() as found:
        yield found


def api() -> httpx.AsyncClient:
    """An API with one route, as any service's."""
    app = application("Essai", motifs={})

    @app.get("/v1/essai/{identifiant}")
    async def essai(identifiant: str) -> dict[str, Any]:
        if identifiant == "casse":
            raise RuntimeError(MARQUE)
        with tracing.span("dedans"):
            return {"entetes": dict(tracing.headers()), "suite": tracing.current()}

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://essai")


async def test_une_trace_va_de_qui_demande_a_ce_qui_suit(le: Collecteur) -> None:
    """Through HTTP, then on in what a batch did much later with what was kept."""
    with exporting("essai", le.url, 1.0):
        async with api() as client:
            dit = (await client.get("/v1/essai/7", headers={"traceparent": PARENT})).json()
        debut = time.time_ns()
        tracing.after(
            "vues", tracing.SpanKind.CONSUMER, [dit["suite"], None, dit["suite"]], debut, **{"maillage.lot": 3}
        )
    assert le.chemins == {"/v1/traces"}
    assert {r["service.name"] for r in le.ressources} == {"maillage-essai"}
    [serveur], [dedans], [vues] = (
        [s for s in le.spans if s.nom == n] for n in ("GET /v1/essai/{identifiant}", "dedans", "vues")
    )
    assert (serveur.trace, serveur.parent, serveur.sorte) == (TRACE, AILLEURS, "SERVER")
    assert serveur.attributs.keys() == {"http.route", "http.response.status_code", "maillage.correlation"}
    assert serveur.attributs["http.response.status_code"] == 200
    assert (dedans.trace, dedans.parent) == (TRACE, serveur.id)
    assert dit["suite"] == dit["entetes"]["traceparent"]
    assert dit["suite"][3:52] == f"{TRACE}-{dedans.id}"
    assert (vues.trace, vues.parent, vues.sorte, vues.attributs) == (TRACE, dedans.id, "CONSUMER", {"maillage.lot": 3})
    assert vues.entier.start_time_unix_nano == debut <= vues.entier.end_time_unix_nano


async def test_rien_de_ce_qui_est_demande_ne_part(le: Collecteur) -> None:
    """Neither the address, nor its words, nor a header, nor what an exception quotes."""
    headers = {
        "traceparent": PARENT,
        "tracestate": f"essai={MARQUE.split()[0]}",
        "baggage": "nom=Exemple",
        "user-agent": MARQUE,
    }
    with exporting("essai", le.url, 1.0):
        async with api() as client:
            await client.get(f"/v1/essai/{MARQUE}", params={"q": MARQUE}, headers=headers)
            assert (await client.get("/v1/essai/casse", headers=headers)).status_code == 500
            await client.get(f"/v1/{MARQUE}", params={"q": MARQUE}, headers=headers)
            await client.request(MARQUE.split()[0], "/v1/essai/1", headers=headers)
        with pytest.raises(RuntimeError), tracing.span("casse"):
            raise RuntimeError(MARQUE)
    assert len(le.spans) == 6
    for mot in MARQUE.split():
        for octets in le.octets:
            assert mot.encode() not in octets
            assert mot.upper().encode() not in octets
    assert [s.nom for s in le.spans if s.erreur] == ["GET /v1/essai/{identifiant}"]
    assert [s.attributs for s in le.spans if s.nom == "casse"] == [{"error.type": "RuntimeError"}]
    assert not any(s.entier.events or s.entier.trace_state or s.entier.status.message for s in le.spans)


async def test_sans_collecteur_rien_n_est_fait_ni_transmis() -> None:
    assert tracing.span("a") is tracing.span("b")
    with tracing.span("a") as span:
        assert span is INVALID_SPAN
        assert not get_current_span().get_span_context().is_valid
        assert tracing.headers() == {}
        assert tracing.current() is None
    tracing.after("vues", tracing.SpanKind.CONSUMER, [PARENT], time.time_ns())
    async with api() as client:
        assert (await client.get("/v1/essai/7", headers={"traceparent": PARENT})).json() == {
            "entetes": {},
            "suite": None,
        }


async def test_la_part_vaut_pour_les_traces_qui_commencent_ici(le: Collecteur) -> None:
    """What is not recorded is said to be so to the next service, and kept with no fact."""
    with exporting("essai", le.url, 0.0):
        async with api() as client:
            sans = (await client.get("/v1/essai/7")).json()
            non = (await client.get("/v1/essai/7", headers={"traceparent": NON_SUIVI})).json()
            await client.get("/v1/essai/7", headers={"traceparent": PARENT})
    assert sans["suite"] is non["suite"] is None
    assert int(sans["entetes"]["traceparent"][-2:], 16) & 1 == 0
    assert non["entetes"]["traceparent"][3:35] == TRACE
    assert {s.trace for s in le.spans} == {TRACE}
    assert len(le.spans) == 2


@pytest.mark.parametrize("faux", FAUX)
async def test_un_traceparent_faux_est_ignore(le: Collecteur, faux: str) -> None:
    assert tracing.followed(faux) is None
    with exporting("essai", le.url, 1.0):
        async with api() as client:
            reponse = await client.get("/v1/essai/7", headers={b"traceparent": faux.encode()})
            assert len(reponse.json()["suite"]) == tracing.LENGTH
        tracing.after("vues", tracing.SpanKind.CONSUMER, [faux], time.time_ns())
    assert all(s.trace != TRACE for s in le.spans)
    assert [s.parent for s in le.spans if s.sorte == "SERVER"] == [RACINE]


async def test_deux_traceparents_n_en_font_aucun(le: Collecteur) -> None:
    with exporting("essai", le.url, 1.0):
        async with api() as client:
            await client.get("/v1/essai/7", headers=[("traceparent", PARENT), ("traceparent", PARENT)])
    assert all(s.trace != TRACE for s in le.spans)


def test_on_ne_garde_qu_un_traceparent_suivi() -> None:
    assert tracing.followed(PARENT) == PARENT
    assert tracing.followed(NON_SUIVI) is None
    assert tracing.followed(None) is None


async def test_la_sante_et_les_metriques_n_en_commencent_pas(le: Collecteur) -> None:
    with exporting("essai", le.url, 1.0):
        async with api() as client:
            for chemin in ("/sante/vif", "/sante/pret", "/metrics"):
                assert (await client.get(chemin)).status_code == 200
    assert le.spans == []


def test_un_collecteur_absent_ne_casse_rien() -> None:
    with exporting("essai", "http://127.0.0.1:9", 1.0), tracing.span("perdu") as span:
        assert span.is_recording()
    assert tracing.headers() == {}


def test_un_collecteur_muet_ne_retient_pas_qui_s_arrete() -> None:
    """It takes the connection and says nothing. Whoever sends is left behind, still waiting."""
    with socket.socket() as muet:
        muet.bind(("127.0.0.1", 0))
        muet.listen()
        with exporting("essai", f"http://127.0.0.1:{muet.getsockname()[1]}", 1.0), tracing.span("perdu"):
            pass
        [envoi] = [thread for thread in threading.enumerate() if thread.name == LAST]
    envoi.join()


def test_la_correlation() -> None:
    assert telemetry.correlation(str(UUID(int=7))) == UUID(int=7)
    assert telemetry.correlation(None) != telemetry.correlation(None)
    assert telemetry.correlation("Camille Exemple").version == 7
