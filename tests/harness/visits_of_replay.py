"""The routes of regrades, appeals, receipts and statistics."""

from tests.harness.made_for_replay import (
    RULES,
    a_claimed_appeal,
    a_ready_regrade,
    a_released_answer,
    a_test_to_calibrate,
    a_test_to_regrade,
    an_open_appeal,
)
from tests.harness.visit import READ, WRITE, Visit

_TEST = "/assessments/{assessment_id:uuid}"
_OF_THE_TEST = {"assessment_id": "{replayed_id}"}
_APPEAL = "/appeals/{appeal_id:uuid}"
_RUN = "/regrades/{regrade_id:uuid}"
_RECEIPTS = 3
"""Reads of one check: scoring versions, rubrics, attempts."""

OF_REPLAY: dict[str, Visit] = {
    f"GET {_TEST}/regrades": Visit(trips=READ, asked=_OF_THE_TEST),
    f"GET {_RUN}": Visit(trips=READ),
    f"GET {_RUN}/diffs": Visit(trips=READ),
    "GET /responses/{response_id:uuid}/appeals": Visit(trips=READ, by="learner"),
    f"GET {_TEST}/appeals": Visit(trips=READ, asked=_OF_THE_TEST),
    f"GET {_APPEAL}": Visit(trips=READ),
    f"POST {_APPEAL}/claim": Visit(trips=WRITE),
    "GET /attempts/{attempt_id:uuid}/receipts": Visit(
        trips=READ, by="learner", asked={"attempt_id": "{released_id}"}
    ),
    f"POST {_TEST}/receipts/check": Visit(trips=_RECEIPTS, asked=_OF_THE_TEST, body={}),
    f"GET {_TEST}/statistics": Visit(trips=READ, asked=_OF_THE_TEST),
    f"POST {_TEST}/regrades": Visit(trips=WRITE, made=a_test_to_regrade, body=RULES),
    f"POST {_RUN}/publish": Visit(
        trips=WRITE, made=a_ready_regrade, version="/regrades/{regrade_id}"
    ),
    f"POST {_RUN}/drop": Visit(trips=WRITE, made=a_ready_regrade, version="/regrades/{regrade_id}"),
    "POST /responses/{response_id:uuid}/appeals": Visit(
        trips=WRITE, by="learner", made=a_released_answer, body={"claim": "C"}
    ),
    f"POST {_APPEAL}/withdraw": Visit(trips=WRITE, by="learner", made=an_open_appeal),
    f"POST {_APPEAL}/decision": Visit(
        trips=WRITE, made=a_claimed_appeal, body={"fraction": 1, "reason": "R"}
    ),
    f"POST {_TEST}/calibrations": Visit(trips=WRITE, made=a_test_to_calibrate),
}
