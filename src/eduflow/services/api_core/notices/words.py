"""The words of notices, by language. What has no translation is said in English."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from eduflow.services.api_core.login.letters import moment
from eduflow.services.api_core.notices.slots import zone


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a notice says in one language; `{…}` are filled in."""

    hello: str
    daily: str
    weekly: str
    kinds: Mapping[str, str]
    """By kind: `{thread}`, `{assignment}` and `{course}` are titles. Never a mark: mail is read by
    others."""
    why: str
    clock: str | None
    """How a time is written; None: as the login's letters write it."""


ENGLISH = Words(
    hello="Hello {name},",
    daily="Your day at {institution}",
    weekly="Your week at {institution}",
    kinds={
        "post": "New post in “{thread}” ({course})",
        "accepted": "An answer was accepted in “{thread}” ({course})",
        "enrolled": "You take part in {course} now",
        "graded": "“{assignment}” was graded ({course})",
        "commented": "New comment on your work “{assignment}” ({course})",
        "to_grade": "Work to grade: “{assignment}” ({course})",
        "due": "Due tomorrow: “{assignment}” ({course})",
        "other": "News from {course}",
    },
    why="You choose at {page} what you are told of, and how often.",
    clock=None,
)
BY_LANGUAGE = {
    "en": ENGLISH,
    "de": Words(
        hello="Guten Tag {name},",
        daily="Ihr Tag an {institution}",
        weekly="Ihre Woche an {institution}",
        kinds={
            "post": "Neuer Beitrag in „{thread}“ ({course})",
            "accepted": "Eine Antwort in „{thread}“ wurde angenommen ({course})",
            "enrolled": "Sie nehmen jetzt an {course} teil",
            "graded": "„{assignment}“ wurde bewertet ({course})",
            "commented": "Neuer Kommentar zu Ihrer Arbeit „{assignment}“ ({course})",
            "to_grade": "Zu bewerten: „{assignment}“ ({course})",
            "due": "Morgen fällig: „{assignment}“ ({course})",
            "other": "Neues aus {course}",
        },
        why="Was Ihnen mitgeteilt wird und wie oft, bestimmen Sie unter {page}.",
        clock="{at:%d.%m.%Y, %H:%M}",
    ),
    "fr": Words(
        hello="Bonjour {name},",
        daily="Votre journée à {institution}",
        weekly="Votre semaine à {institution}",
        kinds={
            "post": "Nouveau message dans « {thread} » ({course})",
            "accepted": "Une réponse a été acceptée dans « {thread} » ({course})",
            "enrolled": "Vous participez maintenant à {course}",
            "graded": "« {assignment} » a été noté ({course})",
            "commented": "Nouveau commentaire sur votre travail « {assignment} » ({course})",
            "to_grade": "À noter : « {assignment} » ({course})",
            "due": "À rendre demain : « {assignment} » ({course})",
            "other": "Des nouvelles de {course}",
        },
        why="Choisissez sur {page} les nouvelles que vous souhaitez recevoir, et quand.",
        clock="{at:%d/%m/%Y %H:%M}",
    ),
    "es": Words(
        hello="Hola, {name}:",
        daily="Su día en {institution}",
        weekly="Su semana en {institution}",
        kinds={
            "post": "Nuevo mensaje en «{thread}» ({course})",
            "accepted": "Se ha aceptado una respuesta en «{thread}» ({course})",
            "enrolled": "Ahora participa en {course}",
            "graded": "«{assignment}» ha sido calificado ({course})",
            "commented": "Nuevo comentario sobre su trabajo «{assignment}» ({course})",
            "to_grade": "Por calificar: «{assignment}» ({course})",
            "due": "Para mañana: «{assignment}» ({course})",
            "other": "Novedades de {course}",
        },
        why="Elija en {page} qué avisos recibe y con qué frecuencia.",
        clock="{at:%d/%m/%Y %H:%M}",
    ),
}


def words(locale: str) -> tuple[str, Words]:
    """The language spoken to whoever has this locale, and its words."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return (language, BY_LANGUAGE[language]) if language in BY_LANGUAGE else ("en", ENGLISH)


def when(at: datetime, *, locale: str, time_zone: str) -> str:
    """A time as the person's clock shows it, written as their language writes it."""
    spoken = words(locale)[1]
    if spoken.clock is None:
        return moment(at, locale=locale, time_zone=time_zone)
    there = zone(time_zone)
    return f"{spoken.clock.format(at=at.astimezone(there))} ({there})"
