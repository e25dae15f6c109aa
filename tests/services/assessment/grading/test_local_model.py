"""The real small model reads an essay: whatever it says, what is kept of it is sound."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from eduflow.embedded.model import LocalModel
from eduflow.embedded.ports import free_ports
from eduflow.embedded.weights import find_weights
from eduflow.kernel.environment import Secret
from eduflow.kernel.llm.gateway import Gateway
from eduflow.kernel.llm.settings import LanguageModels
from tests.harness.platform import Eduflow, School
from tests.services.assessment.reading_model import ESSAY, essays, handed_in, job_of, opened, taken

pytestmark = pytest.mark.system
NAME = "smollm2-135m-instruct"
POINTS = {Decimal(0), Decimal(3), Decimal(4), Decimal(6)}


@pytest.fixture
def model(tmp_path: Path) -> Iterator[LocalModel]:
    made = LocalModel(
        tmp_path / "model",
        port=free_ports(1)[0],
        key="key",
        name=NAME,
        weights=find_weights(),
        log=tmp_path / "model.log",
    )
    made.start()
    made.wait_ready()
    yield made
    made.kill()


async def test_what_it_says_is_a_proposal_whose_every_quotation_stands_in_the_essay(
    eduflow: Eduflow, school: School, model: LocalModel
) -> None:
    worker = eduflow.worker
    resources = worker.resources["assessment"]
    before = resources.models
    settings = LanguageModels(local_url=model.url, local_key=Secret("key"))
    resources.models = Gateway(settings, ledger=resources.ledger, clock=worker.clock)
    try:
        exam = await essays(eduflow, school)
        # Its gate is closed, whatever may be open for others.
        await opened(eduflow, exam, model="reader")
        job = await job_of(eduflow, await handed_in(exam, exam.students[0]), seconds=180)
    finally:
        await resources.models.close()
        resources.models = before
    assert job["state"] in {"held", "failed"}, job
    assert job["reason"] in {"gate", "unsure", "disagreed", "no_model"}
    async with eduflow.sql("assessment") as sql:
        calls = await sql.fetch("SELECT * FROM ai_calls WHERE job_id = $1", job["id"])
        said = await sql.fetch(
            "SELECT *, substr($2, span_start + 1, span_end - span_start) AS stands"
            " FROM ai_judgements WHERE job_id = $1 ORDER BY sample",
            job["id"],
            ESSAY,
        )
        scores = await sql.fetchval(
            "SELECT count(*) FROM item_scores WHERE response_id = $1", job["response_id"]
        )
    assert scores == 0, "nothing of a model that nobody has measured leaves by itself"
    assert calls
    assert {(call["provider"], call["model"]) for call in calls} == {("local", NAME)}
    assert all(call["tokens_in"] > 100 and call["cost_micros"] == 0 for call in calls)
    assert all(call["settled_at"] is not None for call in calls)
    assert {one["awarded"] for one in said} <= POINTS
    assert all(one["stands"] == one["quote"] for one in said if one["span_start"] is not None)
    answered = [call for call in calls if call["outcome"] == "answered"]
    assert len(said) == 2 * len(answered)
    assert job["small_model"] == bool(answered)
    task = await taken(exam, exam.teacher, mode="confirm")
    if answered:
        assert task["thoughts"]["small_model"] is True
        assert len(task["thoughts"]["criteria"]) == len(said)
