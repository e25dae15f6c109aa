"""What `eduflow status` says of databases, asked of real ones."""

from collections.abc import Callable

from eduflow.cli.database_state import DatabaseState, database_states
from eduflow.embedded.cluster import Cluster
from eduflow.kernel.settings import DatabaseSettings, Secret, Settings


def asked(cluster: Cluster) -> Callable[[], DatabaseState]:
    school = DatabaseSettings(
        app=Secret(cluster.dsn("school")),
        worker=Secret(cluster.dsn("school", "worker")),
        api=tuple(Secret(cluster.standby_dsn(n, "school")) for n in (1, 2)),
    )
    return lambda: database_states(Settings(databases={"school": school}))[0]


def test_a_standby_that_stands_still_is_behind_and_the_other_is_not(cluster: Cluster) -> None:
    state = asked(cluster)
    cluster.pause_standby(1)
    cluster.ask("CREATE TABLE news AS SELECT 1 AS a", database="school")
    told = state()
    behind = told.replicas[0].lag_bytes
    assert told.up
    assert behind is not None
    assert behind > 0
    cluster.resume_standby(1)
    cluster.catch_up()
    assert [replica.lag_bytes for replica in state().replicas] == [0, 0]


def test_a_standby_that_is_down_is_told_and_not_raised(cluster: Cluster) -> None:
    state = asked(cluster)
    cluster.kill_standby(2)
    told = state()
    assert [replica.up for replica in told.replicas] == [True, False]
    assert told.replicas[1].fault
    cluster.start_standby(2)


def test_projections_are_told_with_the_seconds_they_are_behind(cluster: Cluster) -> None:
    cluster.ask(
        "CREATE TABLE projection_checkpoints (consumer text, shard int, as_of timestamptz);"
        "INSERT INTO projection_checkpoints VALUES ('roster', 0, now() - interval '5 s');"
        "GRANT SELECT ON projection_checkpoints TO school_worker",
        database="school",
    )
    assert asked(cluster)().projections["roster"] >= 5
