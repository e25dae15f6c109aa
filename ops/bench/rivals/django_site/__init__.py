"""Django with Django REST framework, as their tutorials put it together."""
