"""Dossiers, notes with their history, the keys that seal them, and the commands already answered."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords


class Membre(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    organisation = models.UUIDField()
    role = models.CharField(max_length=32)


class Dossier(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    menage = models.UUIDField()
    bailleur = models.UUIDField()
    association = models.UUIDField(db_index=True)
    etape = models.CharField(max_length=32)
    version = models.IntegerField(default=12)


class Cle(models.Model):
    menage = models.UUIDField()
    organisation = models.UUIDField()
    enveloppe = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["menage", "organisation"], name="une_cle"),)


class Note(models.Model):
    id = models.UUIDField(primary_key=True)
    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="notes")
    niveau = models.CharField(max_length=32)
    theme = models.CharField(max_length=64, null=True)
    texte = models.TextField()
    le = models.DateField()
    history = HistoricalRecords()


class Commande(models.Model):
    """A command answered before: the same id with the same content gets the same answer."""

    cle = models.UUIDField()
    organisation = models.UUIDField()
    empreinte = models.BinaryField()
    dossier = models.UUIDField()
    version = models.IntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "cle"], name="une_fois"),)
