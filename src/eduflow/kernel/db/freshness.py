"""What a server says of itself, and of how far it is, beside every answer and in its snapshot."""

from datetime import datetime

import msgspec


class Server(msgspec.Struct):
    """What a server says of itself beside every answer."""

    standby: bool
    timeline: str
    started: str


class OfModels(msgspec.Struct):
    """How far read models are, in the snapshot that the rows come from: all of them, and each."""

    covered: bool
    as_of: datetime | None
    rounds: dict[str, tuple[int, ...]]


class OfRows(msgspec.Struct):
    """How far a server's copy of the write model surely is."""

    covered: bool
    as_of: datetime | None
    lsn: int | None
    shown: int


# Whether a checkpoint has all the writes that are wanted of its source: {0} text[], {1} xid8[].
_HAS_ALL = (
    "NOT EXISTS (SELECT FROM unnest({0}::text[], {1}::text[]) AS u(source, xid)"
    " WHERE u.source = c.source AND NOT pg_visible_in_snapshot(u.xid::xid8, c.snapshot))"
)
# A query over several models is as fresh as the one that is furthest behind; a model without a
# checkpoint has folded nothing, and nothing is known of it.
OF_MODELS = (
    "(SELECT json_build_object('covered', coalesce(bool_and(m.covered), false)"
    " AND count(*) = cardinality({2}::text[]), 'as_of', min(m.as_of),"
    " 'rounds', coalesce(json_object_agg(m.consumer, m.rounds), '{{}}'))"
    " FROM (SELECT c.consumer, min(c.as_of) AS as_of, bool_and("
    + _HAS_ALL
    + ") AS covered, json_agg(c.round ORDER BY c.source, c.shard) AS rounds"
    " FROM projection_checkpoints AS c WHERE c.consumer = ANY({2}::text[]) GROUP BY c.consumer)"
    " AS m)::text"
)
OF_ROWS = (
    "(SELECT json_build_object('covered', cardinality({0}::text[]) = 0 OR coalesce(bool_or("
    + _HAS_ALL
    + "), false), 'as_of', max(c.as_of),"
    " 'lsn', (max(c.lsn) - '0/0'::pg_lsn)::bigint, 'shown', ((CASE WHEN pg_is_in_recovery()"
    " THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END) - '0/0'::pg_lsn)::bigint)"
    " FROM projection_checkpoints AS c WHERE c.source = {2}::text)::text"
)
SERVER = (
    "json_build_object('standby', pg_is_in_recovery(), 'started', pg_postmaster_start_time()::text,"
    " 'timeline', CASE WHEN pg_is_in_recovery() THEN '' ELSE"
    " left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END)::text"
)
