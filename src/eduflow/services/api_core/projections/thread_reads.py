"""What is unread: thread_reads, a fold of posts and of how far everybody said to have read.

Every post locks its thread, so the posts of a thread come in one order, and their numbers are the
same whenever they are folded. How far somebody has read only grows, whatever order it comes in.
"""

from eduflow.kernel.projections import ReadModel, Run, Tables, fold_with

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
_READ = fold_with("""
    INSERT INTO thread_reads AS r (user_id, thread_id, institution_id, last_number)
    SELECT e.user_id, e.thread_id, e.institution_id, max(p.number)
    FROM jsonb_to_recordset($1::jsonb) AS e(institution_id uuid, user_id uuid, thread_id uuid,
        post_id uuid) JOIN thread_posts AS p ON p.post_id = e.post_id
    GROUP BY e.user_id, e.thread_id, e.institution_id
    ON CONFLICT (user_id, thread_id) DO UPDATE
        SET last_number = greatest(r.last_number, excluded.last_number)
""")


async def _posted(run: Run, tables: Tables) -> None:
    await tables.execute(_NUMBER, run.json)
    await tables.execute(_COUNT, run.json)


thread_reads = ReadModel(
    name="thread_reads",
    tables=("thread_counts", "thread_posts", "thread_reads"),
    source="api_core",
    shards=2,
    folds={"api_core.post_added": _posted, "api_core.thread_read": _READ},
)
