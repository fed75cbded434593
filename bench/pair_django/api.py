"""Depositing a note."""

from __future__ import annotations

import hmac
import os
from base64 import urlsafe_b64encode
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.pair_django.models import Cle, Commande, Dossier, Membre, Note
from contracts.codes import liste

MAITRE = settings.SECRET_KEY.encode()[:32]


def envelopper(cle: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(MAITRE).encrypt(nonce, cle, None)


def sceller(texte: str, menage: UUID, organisation: UUID) -> str:
    """`texte` under the household's key."""
    enveloppe = bytes(Cle.objects.get(menage=menage, organisation=organisation).enveloppe)
    cle = AESGCM(MAITRE).decrypt(enveloppe[:12], enveloppe[12:], None)
    nonce = os.urandom(12)
    return urlsafe_b64encode(nonce + AESGCM(cle).encrypt(nonce, texte.encode(), None)).decode()


class NoteSaisie(serializers.Serializer):
    note = serializers.UUIDField()
    niveau = serializers.ChoiceField(list(liste("niveau_note")))
    theme = serializers.ChoiceField(list(liste("themes")), required=False)
    texte = serializers.CharField(max_length=8000)
    le = serializers.DateField(required=False)


class DeposerNote(APIView):
    def post(self, request: Request, dossier: UUID) -> Response:
        cle = UUID(request.headers["Idempotency-Key"])
        saisie = NoteSaisie(data=request.data)
        saisie.is_valid(raise_exception=True)
        membre = Membre.objects.get(user=request.user)
        if membre.role not in ("referent", "coordinateur"):
            raise PermissionDenied
        empreinte = hmac.digest(MAITRE, repr(sorted(saisie.validated_data.items())).encode(), "sha256")
        with transaction.atomic():
            deja = Commande.objects.filter(organisation=membre.organisation, cle=cle).first()
            if deja is not None:
                return _deja(deja, empreinte)
            return Response(self._deposer(membre, dossier, saisie.validated_data, cle, empreinte))

    @staticmethod
    def _deposer(membre: Membre, dossier: UUID, saisie: dict[str, Any], cle: UUID, empreinte: bytes) -> dict[str, Any]:
        le_dossier = Dossier.objects.select_for_update().filter(id=dossier, association=membre.organisation).first()
        if le_dossier is None:
            raise Http404
        Note.objects.create(
            id=saisie["note"],
            dossier=le_dossier,
            niveau=saisie["niveau"],
            theme=saisie.get("theme"),
            texte=sceller(saisie["texte"], le_dossier.menage, membre.organisation),
            le=saisie.get("le") or timezone.localdate(),
        )
        le_dossier.version += 1
        le_dossier.save(update_fields=["version"])
        Commande.objects.create(
            cle=cle, organisation=membre.organisation, empreinte=empreinte, dossier=dossier, version=le_dossier.version
        )
        return {"id": dossier, "version": le_dossier.version}


def _deja(deja: Commande, empreinte: bytes) -> Response:
    if bytes(deja.empreinte) != empreinte:
        return Response({"code": "commande_deja_utilisee"}, status=409)
    return Response({"id": deja.dossier, "version": deja.version})
