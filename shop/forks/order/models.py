from oscar.apps.order.models import *  # noqa: F403  (how Oscar's forks are made)
