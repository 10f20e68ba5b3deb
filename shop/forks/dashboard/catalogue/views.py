"""Oscar's product page without pictures, which nothing of ours shows yet.

A picture is unpacked by whoever makes a thumbnail of it: 20 KB can be 169 million points.
"""

from oscar.apps.dashboard.catalogue import views as core


class ProductCreateUpdateView(core.ProductCreateUpdateView):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        del self.formsets["image_formset"]
