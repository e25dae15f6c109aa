"""The broker with Dramatiq's own client, the object store with Amazon's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker

from eduflow.embedded.account import server_account
from eduflow.embedded.broker import Broker
from eduflow.embedded.cluster import make_socket_folder
from eduflow.embedded.objects import Objects
from eduflow.embedded.ports import free_ports


@pytest.fixture
def sockets() -> Iterator[Path]:
    made = make_socket_folder()
    yield made
    for left in made.iterdir():
        left.unlink()
    made.rmdir()


@pytest.fixture
def broker(folder: Path, sockets: Path) -> Iterator[Broker]:
    made = Broker(
        folder / "broker",
        port=free_ports(1)[0],
        sockets=sockets,
        password="password",
        account=server_account(),
        log=folder / "broker.log",
    )
    try:
        made.start()
        made.wait_ready()
        yield made
    finally:
        made.stop()


@pytest.fixture
def objects(folder: Path, sockets: Path) -> Iterator[Objects]:
    made = Objects(
        folder / "objects",
        port=free_ports(1)[0],
        internal_port=21_700,
        admin_port=21_710,
        sockets=sockets,
        access_key="eduflow",
        secret_key="secret",
        bucket="eduflow",
        account=server_account(),
        log=folder / "objects.log",
    )
    try:
        made.start()
        made.wait_ready()
        yield made
    finally:
        made.stop()


def test_messages_outlive_a_stopped_broker(broker: Broker) -> None:
    dramatiq = RedisBroker(url=broker.url)  # type: ignore[no-untyped-call]
    dramatiq.declare_queue("bells")
    dramatiq.enqueue(Message("bells", "ring", (), {}, {}))
    dramatiq.close()
    broker.stop()
    broker.start()
    broker.wait_ready()
    again = RedisBroker(url=broker.url)  # type: ignore[no-untyped-call]
    again.declare_queue("bells")
    consumer = again.consume("bells", timeout=1000)
    message = next(consumer)
    assert message is not None
    assert message.actor_name == "ring"
    consumer.ack(message)
    consumer.close()
    again.close()


def test_objects_are_kept_and_signatures_checked(objects: Objects) -> None:
    def client(secret: str) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=objects.url,
            aws_access_key_id="eduflow",
            aws_secret_access_key=secret,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
        )

    right = client("secret")
    right.put_object(Bucket="eduflow", Key="syllabus.txt", Body=b"week one")
    objects.kill()
    objects.start()
    objects.wait_ready()
    assert right.get_object(Bucket="eduflow", Key="syllabus.txt")["Body"].read() == b"week one"
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        client("another").get_object(Bucket="eduflow", Key="syllabus.txt")
