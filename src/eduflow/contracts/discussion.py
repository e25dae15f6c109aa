"""What api_core publishes of its forums: who wrote, accepted, followed and read what."""

from datetime import datetime
from uuid import UUID

from eduflow.contracts import Event


class ForumCreated(Event, frozen=True, kw_only=True, tag="api_core.forum_created"):
    """A course has one more forum."""

    about = "forum_id"
    forum_id: UUID
    course_id: UUID
    kind: str
    anonymity: str


class ThreadStarted(Event, frozen=True, kw_only=True, tag="api_core.thread_started"):
    """Somebody began a thread; its first post is said by a `PostAdded` of its own."""

    about = "thread_id"
    thread_id: UUID
    forum_id: UUID
    course_id: UUID
    author_id: UUID


class ThreadChanged(Event, frozen=True, kw_only=True, tag="api_core.thread_changed"):
    """A thread has another title, or is pinned or locked otherwise."""

    about = "thread_id"
    thread_id: UUID
    course_id: UUID
    pinned: bool
    locked: bool


class PostAdded(Event, frozen=True, kw_only=True, tag="api_core.post_added"):
    """Somebody wrote a post. Who, is not for the eyes of learners where the forum is anonymous."""

    about = "thread_id"
    thread_id: UUID
    forum_id: UUID
    course_id: UUID
    post_id: UUID
    parent_id: UUID | None
    author_id: UUID
    posted_at: datetime


class PostChanged(Event, frozen=True, kw_only=True, tag="api_core.post_changed"):
    """The author wrote a post anew."""

    about = "thread_id"
    thread_id: UUID
    course_id: UUID
    post_id: UUID


class PostDeleted(Event, frozen=True, kw_only=True, tag="api_core.post_deleted"):
    """The author took a post back, text and all. It keeps its place."""

    about = "thread_id"
    thread_id: UUID
    course_id: UUID
    post_id: UUID


class PostHidden(Event, frozen=True, kw_only=True, tag="api_core.post_hidden"):
    """Who moderates has hidden a post. Who, is in the envelope."""

    about = "thread_id"
    thread_id: UUID
    course_id: UUID
    post_id: UUID


class PostRestored(Event, frozen=True, kw_only=True, tag="api_core.post_restored"):
    """Who moderates has looked at a post, and it is to be read (again)."""

    about = "thread_id"
    thread_id: UUID
    course_id: UUID
    post_id: UUID


class PostReacted(Event, frozen=True, kw_only=True, tag="api_core.post_reacted"):
    """Somebody votes for a post, endorses or reports it; or no longer does."""

    about = "post_id"
    post_id: UUID
    thread_id: UUID
    user_id: UUID
    kind: str
    withdrawn: bool


class AnswerAccepted(Event, frozen=True, kw_only=True, tag="api_core.answer_accepted"):
    """A post is the answer to the thread's question."""

    about = "thread_id"
    thread_id: UUID
    forum_id: UUID
    course_id: UUID
    post_id: UUID
    author_id: UUID
    """Of the answer."""


class AnswerWithdrawn(Event, frozen=True, kw_only=True, tag="api_core.answer_withdrawn"):
    """The thread's question is open again."""

    about = "thread_id"
    thread_id: UUID
    course_id: UUID
    post_id: UUID


class ThreadRead(Event, frozen=True, kw_only=True, tag="api_core.thread_read"):
    """Somebody has read a thread up to a post."""

    about = "thread_id"
    thread_id: UUID
    user_id: UUID
    post_id: UUID


class Subscribed(Event, frozen=True, kw_only=True, tag="api_core.subscribed"):
    """Somebody follows a thread, a forum or a course."""

    about = "user_id"
    user_id: UUID
    scope_type: str
    scope_id: UUID
    digest: str | None


class Unsubscribed(Event, frozen=True, kw_only=True, tag="api_core.unsubscribed"):
    """Somebody no longer follows it."""

    about = "user_id"
    user_id: UUID
    scope_type: str
    scope_id: UUID
