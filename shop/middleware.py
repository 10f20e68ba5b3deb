"""Gives every request Oscar's price and stock strategy for the person who asks."""

from oscar.core.loading import get_class

Selector = get_class("partner.strategy", "Selector")


class StrategyMiddleware:
    """What Oscar's basket middleware does, less its baskets: ours belong to a door (`baskets`)."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response
        self.selector = Selector()

    def __call__(self, request):
        request.strategy = self.selector.strategy(request=request, user=request.user)
        return self.get_response(request)
