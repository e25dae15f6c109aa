"""The routes of graders: the queue, groups, cases, and gates."""

from typing import Any

from tests.harness.visit import READ, WRITE, Visit

_QUEUE = "/assessments/{assessment_id:uuid}/queue"
_GROUPS = "/assessments/{assessment_id:uuid}/questions/{question_id:uuid}/groups"
_GATE = "/questions/{question_id:uuid}/gates/{model:str}"
_CASES = "/rubrics/{rubric_id:uuid}/precedents"
_TAKEN = {"assessment_id": "{taken_test}", "response_id": "{taken_answer}"}
_GROUPED = {"assessment_id": "{grouped_test}", "question_id": "{grouped_question}"}
_RUBRIC = {"rubric_id": "{scoring_rubric}"}
_ALIKE: dict[str, Any] = {
    # As one of those that wait there already, another in each turn: so that a group is made.
    "answers": [{"question_id": "{grouped_question}", "value": "{count}{count}{count}{count}"}]
}

OF_READING: dict[str, Visit] = {
    f"GET {_QUEUE}": Visit(trips=READ, asked=_TAKEN),
    f"POST {_QUEUE}/next": Visit(trips=WRITE, asked=_TAKEN, body={}),
    f"POST {_QUEUE}/{{response_id:uuid}}/release": Visit(
        trips=WRITE, again=(("POST", "/assessments/{taken_test}/queue/next", {}),), asked=_TAKEN
    ),
    f"POST {_GROUPS}": Visit(
        trips=WRITE,
        before=("POST", "/assessments/{grouped_test}/attempts", {}),
        before_by="learner",
        then=(("POST", "/attempts/{new}/submit", _ALIKE),),
        asked=_GROUPED,
    ),
    f"GET {_GROUPS}": Visit(trips=READ, asked=_GROUPED),
    "POST /assessments/{assessment_id:uuid}/groups/{group_id:uuid}/reviews": Visit(
        trips=WRITE,
        asked={"assessment_id": "{judged_test}"},
        body={"criteria": {"argument": 3, "form": 4}},
    ),
    "POST /responses/{response_id:uuid}/reviews": Visit(
        trips=WRITE,
        asked={"response_id": "{judged_answer}"},
        body={"criteria": {"argument": 3, "form": 4}, "comment": "{fresh}"},
        version="v",
    ),
    f"GET {_GATE}": Visit(trips=READ),
    f"PUT {_GATE}": Visit(
        trips=WRITE, body={"state": "measured", "min_answers": 30}, version=_GATE
    ),
    "GET /questions/{question_id:uuid}/agreement": Visit(trips=READ),
    f"POST {_CASES}": Visit(
        trips=WRITE, asked=_RUBRIC, body={"question": "{fresh}", "criterion": "argument"}
    ),
    f"GET {_CASES}": Visit(trips=READ, asked=_RUBRIC),
    "POST /precedents/{precedent_id:uuid}/ruling": Visit(
        trips=WRITE,
        before=(
            "POST",
            "/rubrics/{scoring_rubric}/precedents",
            {"question": "Q", "response_id": "{taken_answer}"},
        ),
        asked={"precedent_id": "{new}"},
        body={"ruling": "R"},
        version="v1",
    ),
}
