"""A search server that costs next to nothing.

Oscar asks one for the goods of every category. Its answer is known here: there is one category, and
everything is in it. A real one would be another process to wait for, and Oscar would read what it
names good by good, in a hundred queries a page; here they come along, read together.
"""

from haystack import connections
from haystack.backends import BaseEngine
from haystack.backends.simple_backend import SimpleSearchBackend, SimpleSearchQuery
from haystack.models import SearchResult
from oscar.core.loading import get_model


class Everything(SimpleSearchBackend):
    def search(self, query_string, *, start_offset=0, end_offset=None, **kwargs) -> dict:
        Product = get_model("catalogue", "Product")
        index = connections["default"].get_unified_index().get_index(Product)
        products = index.read_queryset().order_by("pk")
        results = []
        for product in products[start_offset:end_offset]:
            result = SearchResult("catalogue", "product", product.pk, 0)
            result._object = product
            results.append(result)
        return {"results": results, "hits": products.count()}


class Engine(BaseEngine):
    backend = Everything
    query = SimpleSearchQuery
