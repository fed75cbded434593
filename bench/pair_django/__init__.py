"""The same act as one writes it with Django, Django REST framework and django-simple-history: our peer for throughput."""
