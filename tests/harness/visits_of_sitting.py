"""The routes by which a test is sat, and its results are seen."""

from typing import Any

from tests.harness.visit import READ, WRITE, Visit

_ANEW: tuple[str, str, Any] = ("POST", "/assessments/{sat_id}/attempts", {})
_HERE = "/attempts/{attempt_id:uuid}"
_WRONG: dict[str, Any] = {"value": ["b"]}

OF_SITTING: dict[str, Visit] = {
    "POST /assessments/{assessment_id:uuid}/attempts": Visit(trips=WRITE, by="learner"),
    f"GET {_HERE}": Visit(trips=READ, by="learner"),
    f"PUT {_HERE}/responses/{{question_id:uuid}}": Visit(
        trips=WRITE,
        by="learner",
        asked={"question_id": "{sat_question}"},
        body={"value": ["b"], "revision": "{count}"},
    ),
    f"POST {_HERE}/responses/{{question_id:uuid}}/tries": Visit(
        trips=WRITE, by="learner", asked={"question_id": "{sat_question}"}, body=_WRONG
    ),
    f"POST {_HERE}/responses/{{question_id:uuid}}/hints": Visit(
        trips=WRITE, by="learner", asked={"question_id": "{sat_question}"}
    ),
    # First is looked who sends it: nobody's file is read who may not send one.
    f"POST {_HERE}/files": Visit(
        trips=READ + WRITE,
        by="learner",
        asked={"attempt_id": "{upload_attempt}"},
        query="?question_id={upload_question}&name={fresh}",
        body=b"a sail",
    ),
    f"GET {_HERE}/files/{{file_id:uuid}}": Visit(
        trips=READ,
        by="learner",
        asked={"attempt_id": "{upload_attempt}", "file_id": "{sent_file}"},
    ),
    "GET /responses/{response_id:uuid}/files/{file_id:uuid}": Visit(
        trips=READ, asked={"response_id": "{filed_response}", "file_id": "{filed}"}
    ),
    f"POST {_HERE}/signals": Visit(trips=WRITE, by="learner", body={"kind": "left_page"}),
    f"POST {_HERE}/time": Visit(trips=WRITE, body={"minutes": 5}),
    f"POST {_HERE}/submit": Visit(
        trips=WRITE, by="learner", before=_ANEW, asked={"attempt_id": "{new}"}, body={}
    ),
    "GET /users/me/results": Visit(trips=READ, by="learner"),
    "GET /assessments/{assessment_id:uuid}/results": Visit(trips=READ),
    "POST /assessments/{assessment_id:uuid}/results/release": Visit(
        trips=WRITE,
        before=_ANEW,
        before_by="learner",
        then=(("POST", "/attempts/{new}/submit", {}),),
        asked={"assessment_id": "{sat_id}"},
    ),
}

BY_THE_SITTING_TESTS = {f"GET {_HERE}/events"}
"""Never ends by itself."""
