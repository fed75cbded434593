"""The envelope survives the trip as headers and as JSON, and says what is wrong with one that is not ours."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import (
    Enveloppe,
    EnveloppeIllisible,
    chemin_du_schema,
    dataschema,
    en_tetes,
    lire,
    lire_lot,
    lot,
    type_ce,
)

textes = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
zones = st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-4, minutes=-30))])
comptes = st.integers(1, 2**31 - 1)

enveloppes = st.builds(
    Enveloppe,
    id=st.uuids(),
    source=textes,
    type=textes,
    subject=st.uuids(),
    time=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=zones),  # noqa: DTZ001 - Hypothesis adds the zone
    dataschema=textes,
    streamversion=comptes,
    organisation=st.uuids(),
    auteur=st.uuids(),
    correlationid=st.uuids(),
    partitionkey=textes,
    schemaversion=comptes,
    epoque=textes,
    causationid=st.none() | st.uuids(),
    traceparent=st.none() | textes,
)

UNE = Enveloppe(
    id=UUID(int=1),
    source="/dossiers",
    type=type_ce("dossiers", "MenageOriente"),
    subject=UUID(int=2),
    time=datetime(2026, 3, 16, 9, 30, 0, 123456, UTC),
    dataschema=dataschema("dossiers", "MenageOriente", 1),
    streamversion=3,
    organisation=UUID(int=4),
    auteur=UUID(int=5),
    correlationid=UUID(int=6),
    partitionkey="02",
    schemaversion=1,
    epoque="e1",
)


@given(enveloppes)
def test_headers_and_back(enveloppe: Enveloppe) -> None:
    assert lire(en_tetes(enveloppe)) == enveloppe


@given(
    st.lists(
        st.tuples(enveloppes, st.dictionaries(textes, st.integers() | textes).map(lambda d: json.dumps(d).encode()))
    )
)
def test_json_batch_and_back(faits: list[tuple[Enveloppe, bytes]]) -> None:
    assert lire_lot(lot(faits)) == faits


def test_names_obey_cloudevents() -> None:
    assert all(re.fullmatch("[a-z0-9]{1,20}", nom) for nom in Enveloppe.__struct_fields__)


def test_the_wire_form_is_binary_mode() -> None:
    assert dict(en_tetes(UNE)) == {
        "ce_specversion": b"1.0",
        "content-type": b"application/json",
        "ce_id": b"00000000-0000-0000-0000-000000000001",
        "ce_source": b"/dossiers",
        "ce_type": b"fr.maillage.dossiers.MenageOriente",
        "ce_subject": b"00000000-0000-0000-0000-000000000002",
        "ce_time": b"2026-03-16T09:30:00.123456Z",
        "ce_dataschema": b"urn:maillage:schema:dossiers:MenageOriente.v1",
        "ce_streamversion": b"3",
        "ce_organisation": b"00000000-0000-0000-0000-000000000004",
        "ce_auteur": b"00000000-0000-0000-0000-000000000005",
        "ce_correlationid": b"00000000-0000-0000-0000-000000000006",
        "ce_partitionkey": b"02",
        "ce_schemaversion": b"1",
        "ce_epoque": b"e1",
    }


def test_a_json_event_is_what_the_standard_asks() -> None:
    [lu] = json.loads(lot([(UNE, b'{"a": 1}')]))
    assert (lu["specversion"], lu["datacontenttype"], lu["data"]) == ("1.0", "application/json", {"a": 1})
    assert lu["id"] == str(UNE.id)
    assert "causationid" not in lu
    assert lu["streamversion"] == 3


def test_foreign_headers_are_passed_over() -> None:
    assert lire([("autre", b"\xff"), *en_tetes(UNE), ("ce_inconnu", b"x")]) == UNE


def _sans(nom: str) -> list[tuple[str, bytes]]:
    return [(cle, valeur) for cle, valeur in en_tetes(UNE) if cle != nom]


REQUIS = sorted(cle for cle, _ in en_tetes(UNE) if cle != "content-type")


@pytest.mark.parametrize("nom", REQUIS)
def test_a_missing_attribute_is_named(nom: str) -> None:
    with pytest.raises(EnveloppeIllisible, match=nom.removeprefix("ce_")):
        lire(_sans(nom))


@pytest.mark.parametrize("nom", REQUIS)
def test_an_attribute_given_twice_is_refused(nom: str) -> None:
    if nom != "ce_specversion":
        with pytest.raises(EnveloppeIllisible, match="deux fois"):
            lire([*en_tetes(UNE), (nom, b"1")])


@pytest.mark.parametrize("nom", REQUIS)
@pytest.mark.parametrize("valeur", [b"", b"\xff\xfe", None])
def test_an_empty_or_unreadable_attribute_is_refused(nom: str, valeur: bytes) -> None:
    with pytest.raises(EnveloppeIllisible):
        lire([*_sans(nom), (nom, valeur)])


@pytest.mark.parametrize(
    ("nom", "valeur"),
    [
        ("ce_id", b"DUPONT"),
        ("ce_time", b"DUPONT"),
        ("ce_time", b"2026-03-16T09:30:00"),
        ("ce_time", b"1773653400"),
        ("ce_subject", b"DUPONT"),
        ("ce_streamversion", b"DUPONT"),
        ("ce_streamversion", b"0"),
        ("ce_streamversion", b"-1"),
        ("ce_streamversion", b"1_000"),
        ("ce_streamversion", b"2147483648"),
        ("ce_streamversion", b"9" * 5000),
        ("ce_streamversion", "٣".encode()),
        ("ce_specversion", b"0.3"),
    ],
)
def test_a_wrong_value_is_refused_and_not_repeated(nom: str, valeur: bytes) -> None:
    with pytest.raises(EnveloppeIllisible) as refus:
        lire([*_sans(nom), (nom, valeur)])
    assert "DUPONT" not in str(refus.value)


@given(st.lists(st.tuples(textes | st.sampled_from(REQUIS), st.binary(max_size=30)), max_size=20))
def test_any_garbage_is_refused_the_same_way(headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(EnveloppeIllisible):
        lire(headers)


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda t: json.dumps([t]).encode()))
def test_any_garbage_is_no_batch(corps: bytes) -> None:
    if corps.strip() != b"[]":
        with pytest.raises(EnveloppeIllisible):
            lire_lot(corps)


def test_the_dataschema_leads_to_its_file() -> None:
    assert chemin_du_schema(dataschema("flux", "FluxDossierClos", 2)) == "flux/FluxDossierClos.v2.json"
    for etranger in (
        "https://exemple.fr/x",
        "urn:maillage:schema:",
        "urn:maillage:schema:..:x",
        "urn:maillage:schema:a:../x",
    ):
        with pytest.raises(ValueError, match="étranger"):
            chemin_du_schema(etranger)
