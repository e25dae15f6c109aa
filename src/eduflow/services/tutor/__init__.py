"""The ledger of what language models cost: prices, budgets, and who spent what.

Owns the prices of models, the texts of prompts by version, the budgets of people, courses and
institutions, and what every call of a model took. Promises that no more is ever held than a budget
has, however many ask at once, and that whatever was spent is counted, once. Publishes the events of
`eduflow.contracts.tutor`.

People ask under `/api/v1/ai`; services ask on this service's own port, under `/internal/v1/ledger`.
"""

from eduflow.kernel.personal import personal_in
from eduflow.kernel.rooms import handlers_in, modules_of, read_models_in, routes_in
from eduflow.kernel.service import Service
from eduflow.services.tutor import commands, internal, projections, routes
from eduflow.services.tutor.chores import JOBS
from eduflow.services.tutor.desk import ledger_desk
from eduflow.services.tutor.privacy import parts
from eduflow.services.tutor.problems import BudgetExists, BudgetOfAnother, PriceTaken
from eduflow.standing import MODELS

service = Service(
    name="tutor",
    personal=personal_in(parts),
    database="tutor",
    routes=routes_in(*modules_of(routes)),
    internal=routes_in(*modules_of(internal)),
    handlers=handlers_in(commands),
    models=(*MODELS, *read_models_in(projections)),
    # Budgets are for people and courses that may have been told of a moment ago.
    grounds=tuple(model.name for model in MODELS),
    jobs=JOBS,
    resources=ledger_desk,
    refusals={
        "budgets_one_for_scope_and_period": BudgetExists,
        "budgets_institution_is_its_own": BudgetOfAnother,
        "model_catalogue_one_price_at_a_time": PriceTaken,
    },
)
