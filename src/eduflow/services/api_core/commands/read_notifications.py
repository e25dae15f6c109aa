"""Mark notifications as read: one, or all there are."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.ids import NotificationId


class ReadNotification(Command[None], frozen=True, kw_only=True):
    """When it was first read stays."""

    notification: NotificationId


class ReadAllNotifications(Command[None], frozen=True, kw_only=True):
    """All up to this moment."""


_ONE = (
    "UPDATE notifications SET read_at = coalesce(read_at, $3)"
    " WHERE id = $1 AND user_id = $2 AND {allowed}"
)
_ALL = "UPDATE notifications SET read_at = $2 WHERE user_id = $1 AND read_at IS NULL AND {allowed}"


async def read_notification(command: ReadNotification, work: UnitOfWork) -> None:
    work.write(
        _ONE,
        command.notification,
        work.identity.user,
        work.now,
        otherwise=NotFound(kind="notification"),
    )


async def read_all_notifications(_: ReadAllNotifications, work: UnitOfWork) -> None:
    work.write(_ALL, work.identity.user, work.now, changes=None)
