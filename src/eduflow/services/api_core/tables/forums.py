"""Forums with their threads and posts, who follows what, and what is unread."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.api_core.tables.base import FREQUENCIES, ApiCore


class DiscussionForums(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str]
    anonymity: Mapped[str] = mapped_column(
        server_default="none",
        comment="`students`: learners do not learn who wrote what learners wrote; "
        "who moderates does.",
    )
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint("title <> ''", name="discussion_forums_have_a_title"),
        one_of("kind", ("discussion", "question"), name="discussion_forums_kind_is_known"),
        one_of("anonymity", ("none", "students"), name="discussion_forums_anonymity_is_known"),
        UniqueConstraint("institution_id", "course_id", "id"),
        refers("institution_id", "course_id", to="courses"),
        Index("discussion_forums_of_course", "course_id", "id"),
    )


class DiscussionThreads(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    forum_id: Mapped[UUID]
    author_id: Mapped[UUID]
    title: Mapped[str]
    pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    locked: Mapped[bool] = mapped_column(server_default=text("false"))
    accepted_post_id: Mapped[UUID | None]
    posts: Mapped[int] = mapped_column(
        comment="Counted up by every post, which so locks the thread: "
        "the posts of one have an order in the log."
    )
    last_post_id: Mapped[UUID]
    last_post_at: Mapped[datetime]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(
        server_default=text("1"),
        comment="Counts changes of the thread itself; a new post is none.",
    )

    __table_args__ = (
        CheckConstraint("title <> ''", name="discussion_threads_have_a_title"),
        UniqueConstraint("institution_id", "course_id", "id"),
        UniqueConstraint("institution_id", "course_id", "forum_id", "id"),
        refers("institution_id", "course_id", "forum_id", to="discussion_forums"),
        refers("institution_id", "author_id", to="users"),
        # Made after both tables, because threads and posts refer to each other.
        ForeignKeyConstraint(
            ["institution_id", "id", "accepted_post_id"],
            [
                "discussion_posts.institution_id",
                "discussion_posts.thread_id",
                "discussion_posts.id",
            ],
            name="discussion_threads_accepted_is_of_the_thread",
            use_alter=True,
        ),
        Index(
            "discussion_threads_of_forum",
            *("forum_id", text("pinned DESC"), text("last_post_at DESC"), text("id DESC")),
        ),
    )


class DiscussionPosts(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    forum_id: Mapped[UUID]
    thread_id: Mapped[UUID]
    author_id: Mapped[UUID]
    anonymous_to: Mapped[str | None]
    parent_id: Mapped[UUID | None]
    path: Mapped[list[UUID]] = mapped_column(
        ARRAY(Uuid()),
        comment="Ids from the first post above it down to itself. Ids grow with time: ordered by "
        "it, every post stands right above its replies, oldest first.",
    )
    above: Mapped[list[UUID] | None] = mapped_column(
        ARRAY(Uuid()),
        Computed(
            "CASE WHEN cardinality(path) > 1 THEN path[1:cardinality(path) - 1] END",
            persisted=True,
        ),
        comment="The path of the parent, which the foreign key compares: no path can be wrong.",
    )
    body: Mapped[str]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    state: Mapped[str] = mapped_column(
        server_default="visible",
        comment="hidden: by who moderates, who can restore it. deleted: by its author, "
        "text and all.",
    )
    moderated_at: Mapped[datetime | None] = mapped_column(
        comment="When it was decided upon last; reports from before are settled."
    )
    moderated_by: Mapped[UUID | None]
    moderation_note: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        one_of("state", ("visible", "hidden", "deleted"), name="discussion_posts_state_is_known"),
        CheckConstraint(
            "state <> 'hidden' OR (moderated_at IS NOT NULL AND moderated_by IS NOT NULL)",
            name="discussion_posts_hidden_by_somebody",
        ),
        refers("institution_id", "moderated_by", to="users"),
        one_of("anonymous_to", ("students",), name="discussion_posts_anonymous_to_is_known"),
        CheckConstraint("body <> ''", name="discussion_posts_say_something"),
        CheckConstraint("path[cardinality(path)] = id", name="discussion_posts_path_ends_here"),
        CheckConstraint("cardinality(path) BETWEEN 1 AND 8", name="discussion_posts_not_too_deep"),
        CheckConstraint(
            "(parent_id IS NULL) = (cardinality(path) = 1)",
            name="discussion_posts_replies_have_a_parent",
        ),
        UniqueConstraint("institution_id", "thread_id", "id"),
        UniqueConstraint("thread_id", "id", "path"),
        refers(
            *("institution_id", "course_id", "forum_id", "thread_id"),
            to="discussion_threads",
        ),
        ForeignKeyConstraint(
            ["thread_id", "parent_id", "above"],
            ["discussion_posts.thread_id", "discussion_posts.id", "discussion_posts.path"],
            name="discussion_posts_path_goes_on_from_the_parents",
        ),
        refers("institution_id", "author_id", to="users"),
        Index("discussion_posts_of_thread", "thread_id", "path"),
        Index("discussion_posts_of_author", "thread_id", "author_id", "id"),
    )


class PostReactions(ApiCore):
    post_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    thread_id: Mapped[UUID]
    created_at: Mapped[datetime]

    __table_args__ = (
        one_of("kind", ("vote", "endorse", "report"), name="post_reactions_kind_is_known"),
        ForeignKeyConstraint(
            ["institution_id", "thread_id", "post_id"],
            [
                "discussion_posts.institution_id",
                "discussion_posts.thread_id",
                "discussion_posts.id",
            ],
        ),
        refers("institution_id", "user_id", to="users"),
        Index(
            "post_reactions_reports",
            *("institution_id", "post_id"),
            postgresql_where=text("kind = 'report'"),
        ),
    )


class ThreadSubscriptions(ApiCore):
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    forum_id: Mapped[UUID | None]
    thread_id: Mapped[UUID | None]
    scope_type: Mapped[str] = mapped_column(
        Computed(
            "CASE WHEN thread_id IS NOT NULL THEN 'thread'"
            " WHEN forum_id IS NOT NULL THEN 'forum' ELSE 'course' END",
            persisted=True,
        )
    )
    scope_id: Mapped[UUID] = mapped_column(
        Computed("coalesce(thread_id, forum_id, course_id)", persisted=True), primary_key=True
    )
    digest: Mapped[str | None] = mapped_column(
        comment="How often mail comes of this one; NULL: as the person's preferences say."
    )
    created_at: Mapped[datetime]

    __table_args__ = (
        one_of("digest", FREQUENCIES, name="thread_subscriptions_digest_is_known"),
        CheckConstraint(
            "thread_id IS NULL OR forum_id IS NOT NULL",
            name="thread_subscriptions_thread_names_its_forum",
        ),
        refers("institution_id", "user_id", to="users"),
        refers("institution_id", "course_id", to="courses"),
        refers("institution_id", "course_id", "forum_id", to="discussion_forums"),
        refers(
            *("institution_id", "course_id", "forum_id", "thread_id"),
            to="discussion_threads",
        ),
        Index("thread_subscriptions_of_scope", "scope_id"),
    )


class ThreadCounts(ApiCore):
    thread_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    forum_id: Mapped[UUID]
    posts: Mapped[int]
    last_at: Mapped[datetime]

    __table_args__ = (Index("thread_counts_of_course", "course_id"),)


class ThreadPosts(ApiCore):
    post_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    thread_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(
        comment="Place in the thread by time, from 1: the order of the log, "
        "which a rebuild finds again."
    )
    author_id: Mapped[UUID]

    __table_args__ = (Index("thread_posts_of_author", "author_id", "thread_id", "number"),)


class ThreadReads(ApiCore):
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    thread_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    last_number: Mapped[int]
    course_id: Mapped[UUID | None]
    seen: Mapped[int] = mapped_column(
        server_default=text("0"),
        comment="Posts that are not new to the person: those up to the mark, "
        "and their own behind it.",
    )


class CoursePosts(ApiCore):
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    posts: Mapped[int]


class CourseReads(ApiCore):
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    seen: Mapped[int] = mapped_column(
        comment="The sum of thread_reads; what is left of course_posts is unread."
    )
