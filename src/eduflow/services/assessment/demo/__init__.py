"""Three tests in the demo schools, with what their students answered, as `data/` has them.

Made by the commands that routes use, each at its moment; what is there already stays. `make` is
called by whoever makes the schools, when a school is there.
"""

from eduflow.services.assessment.demo.making import make
from eduflow.services.assessment.demo.reading import TestRefused, written

__all__ = ["TestRefused", "make", "written"]
