"""The routes of regrades, appeals, receipts and statistics."""

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
}

BY_THE_REPLAY_TESTS = {
    f"POST {_TEST}/regrades",
    f"POST {_RUN}/publish",
    f"POST {_RUN}/drop",
    "POST /responses/{response_id:uuid}/appeals",
    f"POST {_APPEAL}/withdraw",
    f"POST {_APPEAL}/decision",
    f"POST {_TEST}/calibrations",
}
"""Each can be asked once only, or takes a class of fifty."""
