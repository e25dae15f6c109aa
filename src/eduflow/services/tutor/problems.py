"""What can go wrong with budgets and the ledger, by name."""

from http import HTTPStatus

from eduflow.kernel.problems import Conflict, Invalid, NotFound, Problem


class BudgetExhausted(Problem):
    """None of the models that were asked for fits what is left. Facts: `scope`, `on_exhaust`."""

    code, title = "tutor.budget-exhausted", "The budget for this is used up"
    status = HTTPStatus.PAYMENT_REQUIRED.value


class CallIdTaken(Conflict):
    """The id of a call stands for one request; another one came with it."""

    code, title = "tutor.call-id-taken", "This id belongs to another call"


class ReservationEnded(Conflict):
    """What this call held was released, or not settled in time, and may be spent by others."""

    code, title = "tutor.reservation-ended", "This reservation has ended; reserve with a new id"


class NoSuchReservation(NotFound):
    """This service has reserved nothing under this id."""

    code, title = "tutor.no-such-reservation", "Nothing is reserved under this id"


class ModelWithoutPrice(Invalid):
    """The catalogue has no price for a model, so nobody can say if a budget allows it."""

    code, title = "tutor.model-without-price", "The catalogue has no price for this model"


class BudgetExists(Conflict):
    """There is a budget for this scope and period, perhaps a lifted one; change that one."""

    code, title = "tutor.budget-exists", "There is a budget for this scope and period already"


class BudgetOfAnother(Invalid):
    """A budget of the institution is the caller's own institution's."""

    code, title = "tutor.budget-of-another", "A budget of an institution is for your own"


class NoSuchScope(NotFound):
    """The person or course that the budget is for does not exist here, or is not known here yet."""

    code, title = "tutor.no-such-scope", "There is no such person or course in this institution"


class PriceBackdated(Invalid):
    """A price holds from now on or later; what was spent was spent at the price of its day."""

    code, title = "tutor.price-backdated", "A price cannot begin in the past"


class PriceTaken(Conflict):
    """The model has a price that begins at this moment."""

    code, title = "tutor.price-taken", "This model has a price from this moment on already"
