"""Fills a course's forums: threads, replies, votes, accepted answers, and how far people read."""

from uuid import UUID

import msgspec

from eduflow.kernel.ids import UserId
from eduflow.services.api_core.commands.add_post import AddPost
from eduflow.services.api_core.commands.change_thread import ChangeThread
from eduflow.services.api_core.commands.create_forum import CreateForum
from eduflow.services.api_core.commands.follow import Subscribe
from eduflow.services.api_core.commands.react_to_post import ReactToPost
from eduflow.services.api_core.commands.read_thread import ReadThread
from eduflow.services.api_core.commands.start_thread import StartThread
from eduflow.services.api_core.demo.script import ForumText, Reply, Subject, ThreadText
from eduflow.services.api_core.ids import CourseId, ForumId, PostId, ThreadId
from eduflow.story.hands import Hands, side_by_side


class _Thread(msgspec.Struct):
    id: ThreadId
    forum_id: ForumId
    title: str
    accepted_post_id: PostId | None
    pinned: bool
    locked: bool
    version: int


class _Post(msgspec.Struct):
    id: PostId
    thread_id: ThreadId
    author_id: UserId
    body: str


class _Reaction(msgspec.Struct):
    post_id: PostId
    user_id: UserId
    kind: str


class _Read(msgspec.Struct):
    thread_id: ThreadId
    user_id: UserId


class _There(msgspec.Struct):
    """What there is of a course's talk."""

    threads: dict[tuple[ForumId, str], _Thread]
    posts: dict[tuple[ThreadId, UserId, str], PostId]
    reactions: set[tuple[PostId, UserId, str]]
    reads: set[tuple[ThreadId, UserId]]
    follows: set[tuple[UUID, UserId]]


_FORUMS = "SELECT id, title AS name FROM discussion_forums WHERE course_id = $1"
_THREADS = (
    "SELECT id, forum_id, title, accepted_post_id, pinned, locked, version"
    " FROM discussion_threads WHERE course_id = $1"
)
_POSTS = "SELECT id, thread_id, author_id, body FROM discussion_posts WHERE course_id = $1"
_REACTIONS = (
    "SELECT r.post_id, r.user_id, r.kind FROM post_reactions AS r"
    " JOIN discussion_threads AS t ON t.id = r.thread_id WHERE t.course_id = $1"
)
# That somebody has read is told in the log alone; what is folded from it may not be there yet.
_READS = (
    "SELECT DISTINCT e.aggregate_id AS thread_id, e.actor_id AS user_id FROM outbox_events AS e"
    " JOIN discussion_threads AS t ON t.id = e.aggregate_id"
    " WHERE t.course_id = $1 AND e.type = 'api_core.thread_read'"
)
_FOLLOWS = (
    "SELECT scope_id AS thread_id, user_id FROM thread_subscriptions"
    " WHERE course_id = $1 AND scope_type = 'forum'"
)


async def talk(hands: Hands, subject: Subject, course: CourseId) -> None:
    """What is missing in each forum; a thread grows in its order, threads side by side."""
    forums = await hands.named(_FORUMS, course)
    there = await _there(hands, course)
    for text in subject.forums:
        if text.title not in forums:
            command = CreateForum(
                course=course,
                title=text.title,
                description=text.description,
                kind=text.kind,
                anonymity="students" if text.anonymous else "none",
            )
            made = await hands.do(command, at=subject.opens, by=subject.teacher)
            forums[text.title] = made.id
    await side_by_side(
        *(_forum(hands, f, subject, ForumId(forums[f.title]), there) for f in subject.forums)
    )


async def _there(hands: Hands, course: CourseId) -> _There:
    threads = await hands.rows(_THREADS, course, into=_Thread)
    posts = await hands.rows(_POSTS, course, into=_Post)
    reactions = await hands.rows(_REACTIONS, course, into=_Reaction)
    reads = await hands.rows(_READS, course, into=_Read)
    follows = await hands.rows(_FOLLOWS, course, into=_Read)
    return _There(
        threads={(t.forum_id, t.title): t for t in threads},
        posts={(p.thread_id, p.author_id, p.body): p.id for p in posts},
        reactions={(r.post_id, r.user_id, r.kind) for r in reactions},
        reads={(r.thread_id, r.user_id) for r in reads},
        follows={(f.thread_id, f.user_id) for f in follows},
    )


async def _forum(
    hands: Hands, text: ForumText, subject: Subject, forum: ForumId, there: _There
) -> None:
    for person in text.followers:
        if (forum, hands.people[person]) not in there.follows:
            follow = Subscribe(scope_type="forum", scope=forum, digest=None)
            await hands.do(follow, at=subject.opens, by=person)
    await side_by_side(*(_Talk(hands, t, subject, there).go_on(forum) for t in text.threads))


class _Talk:
    """One thread, from its first post to the last who read it."""

    def __init__(self, hands: Hands, text: ThreadText, subject: Subject, there: _There) -> None:
        self._hands = hands
        self._text = text
        self._subject = subject
        self._there = there

    async def go_on(self, forum: ForumId) -> None:
        text = self._text
        thread, posts = await self._begin(forum)
        await self._react(posts[0], by=text.votes, kind="vote", at=text.at)
        moments = [text.at]
        for reply in text.replies:
            posts.append(await self._post(thread.id, posts, reply))
            moments.append(reply.at)
            await self._react(posts[-1], by=reply.votes, kind="vote", at=reply.at)
            if reply.endorsed:
                teacher = (self._subject.teacher,)
                await self._react(posts[-1], by=teacher, kind="endorse", at=reply.at)
        await self._settle(thread, posts, at=moments[text.accepted or 0])
        for person, count in text.read.items():
            if (thread.id, self._hands.people[person]) not in self._there.reads:
                command = ReadThread(thread=thread.id, post=posts[count - 1])
                await self._hands.do(command, at=moments[count - 1], by=person)

    async def _begin(self, forum: ForumId) -> tuple[_Thread, list[PostId]]:
        text, author = self._text, self._hands.people[self._text.by]
        known = self._there.threads.get((forum, text.title))
        if known is not None:
            return known, [self._there.posts[known.id, author, text.body]]
        command = StartThread(forum=forum, title=text.title, body=text.body)
        made = await self._hands.do(command, at=text.at, by=text.by)
        thread = _Thread(
            id=made.id,
            forum_id=forum,
            title=made.title,
            accepted_post_id=None,
            pinned=False,
            locked=False,
            version=made.version,
        )
        return thread, [made.last_post_id]

    async def _post(self, thread: ThreadId, posts: list[PostId], reply: Reply) -> PostId:
        author = self._hands.people[reply.by]
        known = self._there.posts.get((thread, author, reply.body))
        if known is not None:
            return known
        parent = posts[reply.to] if reply.to else None
        command = AddPost(thread=thread, parent=parent, body=reply.body)
        return (await self._hands.do(command, at=reply.at, by=reply.by)).id

    async def _react(self, post: PostId, *, by: tuple[str, ...], kind: str, at: str) -> None:
        for person in by:
            if (post, self._hands.people[person], kind) not in self._there.reactions:
                await self._hands.do(ReactToPost(post=post, kind=kind), at=at, by=person)

    async def _settle(self, thread: _Thread, posts: list[PostId], *, at: str) -> None:
        """Who asked accepts, then the teacher pins and locks."""
        text, version = self._text, thread.version
        if text.accepted and thread.accepted_post_id is None:
            answer = posts[text.accepted]
            command = ChangeThread(thread=thread.id, expected=version, accepted_post_id=answer)
            version = (await self._hands.do(command, at=at, by=text.by)).version
        if (text.pinned, text.locked) != (thread.pinned, thread.locked):
            pin = ChangeThread(
                thread=thread.id, expected=version, pinned=text.pinned, locked=text.locked
            )
            await self._hands.do(pin, at=at, by=self._subject.teacher)
