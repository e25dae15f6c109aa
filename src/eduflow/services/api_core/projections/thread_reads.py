"""What is unread: thread_reads, a fold of posts and of how far everybody said to have read.

Every post locks its thread, so the posts of a thread come in one order, and their numbers are the
same whenever they are folded. How far somebody has read only grows, whatever order it comes in.

Per course two numbers answer how much is new to somebody: how many posts there are, and how many
of them the person has seen. They are added to by what changes in one thread, so that neither a
post nor a dashboard costs more where there are many threads or many people. One shard: what
threads of one course add to meets in one row.
"""

from eduflow.kernel.projections import ReadModel, Run, Tables

_POSTS = """jsonb_to_recordset($1::jsonb) AS e(seq bigint, institution_id uuid, course_id uuid,
        forum_id uuid, thread_id uuid, post_id uuid, author_id uuid, posted_at timestamptz)"""
_NUMBER = f"""
    INSERT INTO thread_posts (post_id, institution_id, thread_id, number, author_id)
    SELECT e.post_id, e.institution_id, e.thread_id, coalesce(c.posts, 0)
        + row_number() OVER (PARTITION BY e.thread_id ORDER BY e.seq), e.author_id
    FROM {_POSTS} LEFT JOIN thread_counts AS c ON c.thread_id = e.thread_id
"""
_COUNT = f"""
    INSERT INTO thread_counts AS c
        (thread_id, institution_id, course_id, forum_id, posts, last_at)
    SELECT thread_id, institution_id, course_id, forum_id, count(*), max(posted_at)
    FROM {_POSTS} GROUP BY thread_id, institution_id, course_id, forum_id
    ON CONFLICT (thread_id) DO UPDATE SET posts = c.posts + excluded.posts,
        last_at = greatest(c.last_at, excluded.last_at)
"""
_COUNT_OF_COURSE = f"""
    INSERT INTO course_posts AS c (course_id, institution_id, posts)
    SELECT course_id, institution_id, count(*) FROM {_POSTS} GROUP BY course_id, institution_id
    ON CONFLICT (course_id) DO UPDATE SET posts = c.posts + excluded.posts
"""
# One's own posts are seen, and so is what lies before the mark; what that adds goes to the course.
_SEEN = """
    WITH touched AS ({touched}),
    fresh AS (
        SELECT t.user_id, t.thread_id, c.course_id, c.institution_id, m.mark,
            coalesce(r.seen, 0) AS before, m.mark + (SELECT count(*) FROM thread_posts AS p
                WHERE p.author_id = t.user_id AND p.thread_id = t.thread_id
                AND p.number > m.mark) AS seen
        FROM touched AS t JOIN thread_counts AS c ON c.thread_id = t.thread_id
        LEFT JOIN thread_reads AS r ON r.user_id = t.user_id AND r.thread_id = t.thread_id
        CROSS JOIN LATERAL (SELECT greatest(r.last_number, t.mark) AS mark) AS m
    ),
    kept AS (
        INSERT INTO thread_reads (user_id, thread_id, institution_id, course_id, last_number, seen)
        SELECT user_id, thread_id, institution_id, course_id, mark, seen FROM fresh
        ON CONFLICT (user_id, thread_id) DO UPDATE
            SET last_number = excluded.last_number, seen = excluded.seen
    )
    INSERT INTO course_reads AS r (user_id, course_id, institution_id, seen)
    SELECT user_id, course_id, institution_id, sum(seen - before) FROM fresh
    GROUP BY user_id, course_id, institution_id
    ON CONFLICT (user_id, course_id) DO UPDATE SET seen = r.seen + excluded.seen
"""
_SEEN_BY_AUTHORS = _SEEN.format(
    touched=f"SELECT DISTINCT author_id AS user_id, thread_id, 0 AS mark FROM {_POSTS}"
)
_SEEN_BY_READERS = _SEEN.format(
    touched="SELECT e.user_id, e.thread_id, max(p.number) AS mark FROM"
    " jsonb_to_recordset($1::jsonb) AS e(user_id uuid, thread_id uuid, post_id uuid)"
    " JOIN thread_posts AS p ON p.post_id = e.post_id GROUP BY e.user_id, e.thread_id"
)


async def _posted(run: Run, tables: Tables) -> None:
    for statement in (_NUMBER, _COUNT, _COUNT_OF_COURSE, _SEEN_BY_AUTHORS):
        await tables.execute(statement, run.json)


async def _read(run: Run, tables: Tables) -> None:
    await tables.execute(_SEEN_BY_READERS, run.json)


thread_reads = ReadModel(
    name="thread_reads",
    tables=("thread_counts", "thread_posts", "thread_reads", "course_posts", "course_reads"),
    source="api_core",
    folds={"api_core.post_added": _posted, "api_core.thread_read": _read},
)
