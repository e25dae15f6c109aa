"""The real local model: started when asked, stopped when unused, and it answers in shape."""

import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import psutil
import pytest

from eduflow.embedded.model import LocalModel
from eduflow.embedded.ports import free_ports
from eduflow.embedded.problems import EmbeddedError
from eduflow.embedded.processes import wait_until
from eduflow.embedded.weights import Weights, find_weights
from eduflow.kernel.clock import utc_now
from eduflow.kernel.environment import Secret
from eduflow.kernel.ids import InstitutionId, new_id
from eduflow.kernel.llm.asking import Call, Prompt, Request
from eduflow.kernel.llm.errors import NoModelAnswered, TooLong
from eduflow.kernel.llm.gateway import Gateway
from eduflow.kernel.llm.settings import LanguageModels

Make = Callable[..., LocalModel]


class Grade(msgspec.Struct, frozen=True):
    score: Literal[0, 1, 2, 3, 4]
    is_correct: bool


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[LocalModel] = []

    def start(weights: Weights | None = None, idle: float = 60.0) -> LocalModel:
        model = LocalModel(
            tmp_path / "model",
            port=free_ports(1)[0],
            key="key",
            name="smollm2-135m-instruct",
            weights=weights or find_weights(),
            log=tmp_path / "model.log",
            idle=idle,
        )
        made.append(model)
        model.start()
        model.wait_ready()
        return model

    yield start
    for model in made:
        model.kill()


def family(model: LocalModel) -> list[psutil.Process]:
    assert model.process is not None
    return psutil.Process(model.process.pid).children(recursive=True)


def status(model: LocalModel, path: str, *, key: str = "key", method: str = "GET") -> int:
    body = json.dumps({"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 4})
    connection = http.client.HTTPConnection("127.0.0.1", model.ports[0], timeout=30)
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request(method, path, body=body if method == "POST" else None, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def request(answer: type, **changed: Any) -> Request[Any]:
    asked: Request[Any] = Request(
        purpose="grading",
        prompt=Prompt("test.local", "Grade."),
        instructions="Is the answer right? Give 0 to 4 points.",
        data="Two and two are four.",
        answer=answer,
        institution=InstitutionId(new_id()),
        user=None,
        course=None,
        max_tokens=40,
    )
    return msgspec.structs.replace(asked, **changed)


def test_the_model_is_started_when_asked_and_stopped_when_unused(make: Make) -> None:
    model = make(idle=1.0)
    assert model.is_ready()
    assert family(model) == [], "looking whether somebody listens wakes nobody"
    assert model.process is not None
    assert psutil.Process(model.process.pid).memory_info().rss < 20_000_000
    assert status(model, "/v1/chat/completions", method="POST") == 200
    assert len(family(model)) == 1
    assert wait_until(lambda: family(model) == [], 15)
    assert status(model, "/v1/chat/completions", method="POST") == 200


def test_it_answers_only_who_has_the_key_and_shows_nobody_a_prompt(make: Make) -> None:
    model = make()
    assert status(model, "/v1/chat/completions", method="POST", key="other") == 401
    assert status(model, "/slots") == 501


def test_the_server_ends_with_its_door(make: Make) -> None:
    model = make()
    assert status(model, "/v1/chat/completions", method="POST") == 200
    (server,) = family(model)
    assert model.process is not None
    model.process.kill()
    model.process.wait()
    assert wait_until(
        lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE, 10
    )


def test_a_file_that_is_not_the_known_one_is_never_read(make: Make, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF and more")
    model = make(Weights(other, find_weights().sha256))
    with pytest.raises((http.client.HTTPException, OSError)):
        status(model, "/v1/chat/completions", method="POST")
    assert "is not the file it should be" in model.log.read_text()
    assert model.running()


def test_without_weights_one_learns_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUFLOW_LLM_LOCAL_GGUF", "/nowhere/model.gguf")
    with pytest.raises(EmbeddedError, match="is no file") as raised:
        find_weights()
    assert raised.value.advice


async def test_the_gateway_has_real_answers_of_it(make: Make) -> None:
    model = make()
    calls: list[Call] = []

    async def record(call: Call, _: object) -> None:
        calls.append(call)

    settings = LanguageModels(local_url=model.url, local_key=Secret("key"))
    gateway = Gateway(settings, ledger=None, clock=utc_now)
    try:
        answer = await gateway.ask(request(Grade), record=record)
        assert answer.value.score in range(5)
        assert answer.is_small
        assert answer.is_local
        assert answer.usage.tokens_in > 10
        assert answer.usage.tokens_out > 0
        assert answer.call.model_answered == "smollm2-135m-instruct"
        again = await gateway.ask(request(Grade), record=record)
        assert again.value == answer.value, "without a sample number it says its likeliest"
        async with gateway.stream(request(str, max_tokens=12), record=record) as said:
            words = [piece async for piece in said]
        assert "".join(words) == said.text
        assert said.call is not None
        assert 0 < said.call.usage.tokens_out <= 12
        with pytest.raises(NoModelAnswered) as raised:
            await gateway.ask(request(Grade, data="word " * 5000), record=record)
        assert isinstance(raised.value.faults[0][1], TooLong)
        assert [call.outcome for call in calls[:2]] == ["answered", "answered"]
    finally:
        await gateway.close()
