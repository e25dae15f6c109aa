"""The routes by which questions and tests are made, and a test is looked at."""

from typing import Any

from tests.harness.exams import RUBRIC, a_choice, an_essay
from tests.harness.visit import READ, WRITE, Visit

_BANK = ("POST", "/courses/{course_id}/banks", {"name": "N"})
_STIMULUS = ("POST", "/banks/{bank_id}/stimuli", {"title": "T", "body": "B"})
_QUESTION = ("POST", "/banks/{bank_id}/questions", {**an_essay(), "rubric": None})
_TEST = ("POST", "/courses/{course_id}/assessments", {"title": "T"})
_FORM: dict[str, Any] = {"sections": [{"items": [{"question_id": "{choice}"}]}]}
_EXPECTED: dict[str, Any] = {"answer": ["a"], "expected_fraction": 1}
_KEY: dict[str, Any] = {"type": "essay"}

OF_AUTHORS: dict[str, Visit] = {
    "POST /courses/{course_id:uuid}/banks": Visit(trips=WRITE, body={"name": "{fresh}"}),
    "POST /banks": Visit(trips=WRITE, body={"name": "{fresh}"}),
    "GET /banks": Visit(trips=READ),
    "GET /banks/{bank_id:uuid}": Visit(trips=READ),
    "PATCH /banks/{bank_id:uuid}": Visit(
        trips=WRITE, body={"name": "{fresh}"}, version="/banks/{bank_id:uuid}"
    ),
    "DELETE /banks/{bank_id:uuid}": Visit(trips=WRITE, before=_BANK),
    "PUT /banks/{bank_id:uuid}/shares/{course_id:uuid}": Visit(trips=WRITE, body={}),
    "DELETE /banks/{bank_id:uuid}/shares/{course_id:uuid}": Visit(
        trips=WRITE, again=(("PUT", "/banks/{bank_id}/shares/{course_id}", {}),)
    ),
    "GET /banks/{bank_id:uuid}/shares": Visit(trips=READ),
    "POST /banks/{bank_id:uuid}/stimuli": Visit(trips=WRITE, body={"title": "T", "body": "B"}),
    "GET /banks/{bank_id:uuid}/stimuli": Visit(trips=READ),
    "GET /stimuli/{stimulus_id:uuid}": Visit(trips=READ),
    "PATCH /stimuli/{stimulus_id:uuid}": Visit(
        trips=WRITE, body={"title": "{fresh}"}, version="/stimuli/{stimulus_id:uuid}"
    ),
    "DELETE /stimuli/{stimulus_id:uuid}": Visit(trips=WRITE, before=_STIMULUS),
    "POST /banks/{bank_id:uuid}/questions": Visit(trips=WRITE, body=an_essay()),
    "POST /banks/{bank_id:uuid}/import": Visit(
        trips=READ + WRITE, body=b"::Sum:: Two and two? {#4}", query="?name=a.gift"
    ),
    "GET /banks/{bank_id:uuid}/questions": Visit(trips=READ, query="?q=essay&type=essay"),
    "GET /questions/{question_id:uuid}": Visit(trips=READ),
    "PATCH /questions/{question_id:uuid}": Visit(
        trips=WRITE,
        before=_QUESTION,
        body={"state": "retired"},
        version="/questions/{question_id:uuid}",
    ),
    "POST /questions/{question_id:uuid}/versions": Visit(
        trips=WRITE,
        body={k: v for k, v in an_essay().items() if k != "rubric"},
        version="/questions/{question_id:uuid}",
    ),
    "GET /questions/{question_id:uuid}/versions": Visit(trips=READ),
    "PUT /questions/{question_id:uuid}/tags": Visit(
        trips=WRITE, body={"tags": ["{fresh}"]}, version="/questions/{question_id:uuid}"
    ),
    "POST /questions/{question_id:uuid}/keys": Visit(
        trips=WRITE, body={"key": _KEY, "reason": "R"}
    ),
    "POST /questions/{question_id:uuid}/tests": Visit(
        trips=WRITE,
        before=("POST", "/banks/{bank_id}/questions", a_choice()),
        body=_EXPECTED,
    ),
    "GET /questions/{question_id:uuid}/tests": Visit(trips=READ),
    "DELETE /questions/{question_id:uuid}/tests/{test_id:uuid}": Visit(
        trips=WRITE,
        before=("POST", "/questions/{question_id}/tests", {"answer": "", "expected_fraction": 0}),
    ),
    "POST /questions/{question_id:uuid}/preview": Visit(trips=READ, body={"answer": "Because."}),
    "POST /questions/{question_id:uuid}/rubric": Visit(trips=WRITE, before=_QUESTION, body=RUBRIC),
    "POST /questions/{question_id:uuid}/rubric/versions": Visit(
        trips=WRITE,
        body={"criteria": RUBRIC["criteria"]},
        version="/questions/{question_id:uuid}/rubric",
    ),
    "GET /questions/{question_id:uuid}/rubric": Visit(trips=READ),
    "POST /courses/{course_id:uuid}/assessments": Visit(trips=WRITE, body={"title": "T"}),
    "GET /courses/{course_id:uuid}/assessments": Visit(trips=READ, by="learner"),
    "GET /assessments/{assessment_id:uuid}": Visit(trips=READ, by="learner"),
    "PATCH /assessments/{assessment_id:uuid}": Visit(
        trips=WRITE, body={"title": "{fresh}"}, version="/assessments/{assessment_id:uuid}"
    ),
    "GET /assessments/{assessment_id:uuid}/form": Visit(trips=READ),
    "PUT /assessments/{assessment_id:uuid}/form": Visit(
        trips=WRITE, body=_FORM, version="/assessments/{assessment_id:uuid}"
    ),
    "GET /assessments/{assessment_id:uuid}/policy": Visit(trips=READ),
    "PUT /assessments/{assessment_id:uuid}/policy": Visit(
        trips=WRITE, body={"attempts": 3}, version="/assessments/{assessment_id:uuid}/policy"
    ),
    "POST /assessments/{assessment_id:uuid}/publish": Visit(
        trips=WRITE,
        before=_TEST,
        then=(("PUT", "/assessments/{new}/form", _FORM),),
        version="/assessments/{assessment_id:uuid}",
    ),
    "POST /assessments/{assessment_id:uuid}/archive": Visit(
        trips=WRITE, before=_TEST, version="/assessments/{assessment_id:uuid}"
    ),
    "POST /assessments/{assessment_id:uuid}/overrides": Visit(
        trips=WRITE, before=_TEST, body={"user_id": "{user_id}", "extra_minutes": 5}
    ),
    "GET /assessments/{assessment_id:uuid}/overrides": Visit(trips=READ),
    "PUT /assessments/{assessment_id:uuid}/overrides/{override_id:uuid}": Visit(
        trips=WRITE, body={"extra_minutes": 9}, version="v"
    ),
    "DELETE /assessments/{assessment_id:uuid}/overrides/{override_id:uuid}": Visit(
        trips=WRITE,
        before=(
            "POST",
            "/assessments/{assessment_id}/overrides",
            {"user_id": "{user_id}", "extra_minutes": 5},
        ),
    ),
}
