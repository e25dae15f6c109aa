"""Notifications and what one wants to be told, over HTTP."""

from typing import Annotated, Literal

import msgspec
from litestar import get, patch, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_204_NO_CONTENT

from eduflow.kernel.auth.guards import logged_in
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Page, Slice, View, Word
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.commands.choose_notifications import Choice, ChooseNotifications
from eduflow.services.api_core.commands.read_notifications import (
    ReadAllNotifications,
    ReadNotification,
)
from eduflow.services.api_core.ids import NotificationId
from eduflow.services.api_core.notices.kinds import KINDS
from eduflow.services.api_core.queries.own_notifications import (
    NotificationEntry,
    own_choices,
    own_notifications,
)


class PreferenceChoice(Input, kw_only=True):
    """For one kind: whether it is shown in the app, and whether and how often mail comes of it."""

    kind: Word
    in_app: Literal["off", "immediate"]
    mail: Literal["off", "immediate", "daily", "weekly"]


class PreferenceChoices(Input, kw_only=True):
    """Kinds that are not named stay as they are."""

    choices: Annotated[list[PreferenceChoice], msgspec.Meta(max_length=50)]


class Preference(View, kw_only=True):
    """What holds for one kind."""

    kind: str
    in_app: str
    mail: str


class Preferences(View, kw_only=True):
    """What holds for every kind there is, chosen or usual."""

    choices: list[Preference]


@get("/users/me/notifications", guards=[logged_in])
async def own(
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    *,
    unread: Annotated[bool, QueryParameter(description="Only what was not read yet")] = False,
) -> Slice[NotificationEntry]:
    """What the caller was told, newest first."""
    return await own_notifications(replica, page=page, unread=unread)


@patch(
    "/users/me/notifications/{notification_id:uuid}/read",
    status_code=HTTP_204_NO_CONTENT,
    guards=[logged_in],
)
async def mark_read(
    notification_id: FromPath[NotificationId], commands: NamedDependency[BoundCommands]
) -> None:
    """Mark one as read; then it is in no digest that is yet to come."""
    await commands.execute(ReadNotification(notification=notification_id))


@patch("/users/me/notifications/read", status_code=HTTP_204_NO_CONTENT, guards=[logged_in])
async def mark_all_read(commands: NamedDependency[BoundCommands]) -> None:
    """Mark all as read."""
    await commands.execute(ReadAllNotifications())


@get("/users/me/notification-preferences", guards=[logged_in])
async def preferences(replica: NamedDependency[ReadSession]) -> Preferences:
    """What the caller is told of, by which way and how often."""
    chosen = {(c.kind, c.channel): c.digest for c in await own_choices(replica)}
    return Preferences(
        choices=[
            Preference(
                kind=kind,
                in_app=chosen.get((kind, "in_app"), usual.in_app),
                mail=chosen.get((kind, "mail"), usual.mail),
            )
            for kind, usual in KINDS.items()
        ]
    )


@put("/users/me/notification-preferences", status_code=HTTP_204_NO_CONTENT, guards=[logged_in])
async def choose(
    data: JSONBody[PreferenceChoices], commands: NamedDependency[BoundCommands]
) -> None:
    """Choose it."""
    choices = [Choice(c.kind, c.in_app, c.mail) for c in data.choices]
    await commands.execute(ChooseNotifications(choices=choices))
