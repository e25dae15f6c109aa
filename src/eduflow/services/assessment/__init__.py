"""Item banks, tests, attempts and grades that can be explained and replayed.

Owns what is asked, how it is judged, who answered what, and what each answer was worth under which
key, rubric, model and reviewer. Promises that no key reaches whoever may sit the test, that the
clock is the server's, that an answer that was accepted is never lost or changed, and that a
corrected key is folded over every answer without asking anybody again. Publishes the events of
`eduflow.contracts.assessment`.
"""

from eduflow.kernel.personal import personal_in
from eduflow.kernel.rooms import handlers_in, modules_of, read_models_in, routes_in
from eduflow.kernel.service import Service
from eduflow.services.assessment import (
    calibrating,
    commands,
    forgetting_files,
    projections,
    regrading,
    routes,
)
from eduflow.services.assessment.authoring_problems import (
    ClosesBeforeOpening,
    HasRubric,
    NoSuchStimulus,
    OverriddenAlready,
)
from eduflow.services.assessment.chores import JOBS
from eduflow.services.assessment.privacy import parts
from eduflow.services.assessment.reactions import forgetting
from eduflow.services.assessment.reading_problems import JudgedMeanwhile
from eduflow.services.assessment.replay_problems import AppealOpen, RegradeOpen
from eduflow.services.assessment.resources import resources
from eduflow.standing import GROUNDS, MODELS

service = Service(
    name="assessment",
    personal=personal_in(parts),
    database="assessment",
    routes=routes_in(*modules_of(routes)),
    handlers=handlers_in(commands),
    models=(*MODELS, *read_models_in(projections)),
    jobs=(*JOBS, *regrading.JOBS, *calibrating.JOBS, *forgetting_files.JOBS),
    resources=resources,
    grounds=GROUNDS,
    refusals={
        "item_scores_one_of_a_revision": JudgedMeanwhile,
        "questions_stimulus_is_of_the_bank": NoSuchStimulus,
        "scoring_rubrics_one_of_a_question": HasRubric,
        "delivery_policies_close_after_they_open": ClosesBeforeOpening,
        "delivery_overrides_close_after_they_open": ClosesBeforeOpening,
        "delivery_overrides_once": OverriddenAlready,
        "regrade_runs_one_open": RegradeOpen,
        "scoring_versions_number_once": RegradeOpen,
        "appeals_one_open": AppealOpen,
    },
    reactions=(forgetting,),
)
