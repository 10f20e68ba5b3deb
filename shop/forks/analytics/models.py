from oscar.apps.analytics.models import *  # noqa: F403  (how Oscar's forks are made)
