"""Every OpenAPI document, exercised by Schemathesis: what a service answers is what it publishes, whatever it is sent.

Each operation with values at the edges of its schemas, with some drawn at random (always the same), and about all there is.
They name what exists and are sent by an account that may, so that answers are more than « not found ».
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis import checks as c
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok

from services.partenaires import dehors
from services.socle.web import reading as lecture
from tests.entrees.requetes import SANS_CLE, Place
from tests.frontieres.exploration import Point, documents, points

EXIGES = [
    c.not_a_server_error,
    c.status_code_conformance,
    c.content_type_conformance,
    c.response_headers_conformance,
    c.response_schema_conformance,
    c.negative_data_rejection,
    c.missing_required_header,
]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
AU_HASARD, AUX_BORDS = 3, 32
"""How many requests at most, per operation: drawn at random in each mode, and at the edges."""

AnyOperation: TypeAlias = APIOperation[Any, Any, Any, Any]
Operation: TypeAlias = tuple[Point, AnyOperation]


def _operations() -> Iterator[Operation]:
    for service, document in documents().items():
        connus = {(p.methode, p.gabarit): p for m in ("get", "post") for p in points(m) if p.service == service}
        for result in schemathesis.openapi.from_dict(document).get_all_operations():
            assert isinstance(result, Ok), result
            operation = result.ok()
            yield connus.pop((operation.method.lower(), operation.path)), operation
        assert not connus, "an operation that Schemathesis does not see"


OPERATIONS = list(_operations())


def par_operation(retenues: Iterable[Operation]) -> pytest.MarkDecorator:
    params = [pytest.param(point, operation, id=f"{point.service}:{operation.label}") for point, operation in retenues]
    return pytest.mark.parametrize(("point", "operation"), params)


@pytest.fixture(scope="module", autouse=True)
def _sans_patience(place: Place) -> Iterator[None]:
    """Nobody waits for a version that will never come, nor for an organisation that nobody inscribed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lecture, "PATIENCE", 0.0)
        patch.setattr(dehors, "PATIENCE", 0.0)
        yield


async def _demander(place: Place, point: Point, case: Case[Any]) -> httpx.Response:
    """The case as Schemathesis would put it on the wire, put to the app in this process."""
    prete = requests.Request(**case.as_transport_kwargs(base_url="http://x")).prepare()
    url = urlsplit(str(prete.url))
    assert prete.body is None or isinstance(prete.body, str | bytes)
    return await place.terrain.lieu.clients[point.service].request(
        str(prete.method),
        httpx.URL(scheme="http", host=point.service, raw_path=f"{url.path}?{url.query}".rstrip("?").encode()),
        headers={n.encode(): v if isinstance(v, bytes) else v.encode("latin-1") for n, v in prete.headers.items()},
        content=prete.body,
    )


def _redresser(place: Place, point: Point, case: Case[Any]) -> None:
    """Make right what the case is not about: the thing it names, the command's id, the token."""
    assert case.meta is not None
    fautifs = {lieu for lieu, component in case.meta.components.items() if component.mode.is_negative}
    if point.chose and ParameterLocation.PATH not in fautifs:
        case.path_parameters = {point.chose: place.ids[point.chose]}
    if ParameterLocation.HEADER not in fautifs:
        # Schemathesis sends one id all along: after the first, the answer would be that it was used.
        case.headers = CaseInsensitiveDict({"Idempotency-Key": str(uuid4())})
    if "Authorization" not in getattr(case.meta.phase.data, "description", ""):
        case.headers.update(place.terrain.lieu.jeton(place.qui(point)))


async def _essayer(place: Place, point: Point, case: Case[Any]) -> None:
    _redresser(place, point, case)
    case.validate_response(await _demander(place, point, case), checks=EXIGES)


@par_operation((p, o) for p, o in OPERATIONS if o.body or list(o.iter_parameters()))
@settings(
    max_examples=AU_HASARD, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
async def test_au_hasard(place: Place, point: Point, operation: AnyOperation, data: st.DataObject) -> None:
    for strategy in map(operation.as_strategy, MODES):
        await _essayer(place, point, data.draw(strategy))


@par_operation(OPERATIONS)
async def test_aux_bords(place: Place, point: Point, operation: AnyOperation) -> None:
    generation = operation.schema.config.generation
    cases = list(operation.schema.iter_coverage_cases(operation, generation_modes=MODES, generation_config=generation))
    for case in cases[:: 1 + (len(cases) - 1) // AUX_BORDS]:  # spread: they come field after field
        await _essayer(place, point, case)


def test_chaque_reponse_a_une_forme() -> None:
    """An empty schema would let anything pass, and tell whoever writes a client nothing."""
    for point, operation in OPERATIONS:
        reponses = documents()[point.service]["paths"][point.gabarit][point.methode]["responses"]
        formes = [contenu["schema"] for reponse in reponses.values() for contenu in reponse["content"].values()]
        assert formes, operation.label
        assert all(formes), operation.label


LECTEURS = ("semis.responsable", "tremplin17.referent", "etat.analyste", "exploitant", "horloge")


@par_operation((p, o) for p, o in OPERATIONS if p.methode == "get" or p.gabarit in SANS_CLE)
async def test_ce_qui_existe(place: Place, point: Point, operation: AnyOperation) -> None:
    """What each finds about what there is, in full: the other tests mostly find little."""
    for lecteur in {*LECTEURS, place.qui(point)}:
        jeton = place.terrain.lieu.jeton(lecteur)["Authorization"]
        reponse = await place.envoyer(point, Authorization=jeton)
        operation.validate_response(reponse)
        assert reponse.status_code == 200 or lecteur != place.qui(point)
