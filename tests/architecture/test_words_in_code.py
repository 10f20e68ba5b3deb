"""What the code says to people: each sentence through the catalogue, and not before somebody is
there to read it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u3400-\u9fff]")
CALLS = re.compile(r"_|_lazy|(n|p|np)?gettext(_lazy)?")
#: Chinese that is read and not said: spreadsheets, addresses, searches, and what a name looks like.
READ = {
    "delivery/addresses.py",
    "delivery/models/household.py",
    "delivery/registers.py",
    "inventory/sheets/cells.py",
    "inventory/sheets/headers.py",
    "inventory/sheets/reader.py",
    "shop/counter_sales/forms.py",
    "shop/group_buys/formats/columns.py",
    "shop/group_buys/formats/kuaituantuan.py",
    "shop/group_buys/formats/qunjielong.py",
    "shop/group_buys/goods.py",
    "shop/pricelists.py",
    "shop/searching.py",
    "shop/symbols.py",
}
#: Chinese that is written into the database, or the name of something, in the station's language.
KEPT = {
    "inventory/models/item.py",
    "inventory/stations.py",
    "shop/bundling.py",
    "shop/config/formats/zh_Hans/formats.py",
    "shop/config/settings.py",
    "shop/products.py",
    "shop/settlement/returning.py",
}
#: Chinese for whoever runs the station: in a terminal, in the log, before there is a catalogue.
TERMINAL = {
    "shop/management/commands/import_orders.py",
    "shop/management/commands/make_pictures.py",
    "shop/management/commands/serve.py",
    "shop/messaging/gateways/console.py",
    "shop/serving/address.py",
    "shop/serving/readiness.py",
}


def _files() -> Iterator[tuple[str, ast.Module]]:
    for app in ("shop", "delivery", "inventory"):
        for path in sorted((ROOT / app).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" not in name and not name.startswith("shop/demo/"):
                yield name, ast.parse(path.read_text())


def _is_call(node: ast.AST) -> bool:
    name = getattr(getattr(node, "func", None), "id", "")
    return isinstance(node, ast.Call) and bool(CALLS.fullmatch(name))


def _unmarked(tree: ast.Module) -> list[str]:
    """Chinese strings that no gettext sees; not what stands alone, which says why to us."""
    said = {
        id(each)
        for node in ast.walk(tree)
        if _is_call(node) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for each in ast.walk(node)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if CHINESE.search(node.value) and id(node) not in said
    ]


def _frozen(tree: ast.Module) -> list[int]:
    """Lines whose words are put into a language when the module is loaded: nobody's."""
    lazy = {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for each in node.names
        if each.name.endswith("_lazy")
    }

    def found(node: ast.AST, parent: ast.AST) -> Iterator[int]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return
        # `_("%d") % 3` of a lazy sentence is a string at once.
        at_once = isinstance(parent, ast.BinOp | ast.FormattedValue | ast.Attribute)
        if _is_call(node) and (node.func.id not in lazy or at_once):
            yield node.lineno
        for child in ast.iter_child_nodes(node):
            yield from found(child, node)

    return list(found(tree, tree))


def test_no_sentence_passes_by_the_catalogue():
    expected = READ | KEPT | TERMINAL
    assert {name for name, tree in _files() if _unmarked(tree)} == expected


def test_no_sentence_is_translated_before_anybody_asks():
    assert {name: lines for name, tree in _files() if (lines := _frozen(tree))} == {}


def test_both_are_found():
    source = (
        'from django.utils.translation import gettext, gettext_lazy as _\n"说明"\nA = _("好")\n'
        'B = _("%d 个") % 3\nC = gettext("好")\ndef f():\n    "说明"\n'
        '    return gettext("好"), "坏"\n'
    )
    assert _unmarked(ast.parse(source)) == ["坏"]
    assert _frozen(ast.parse(source)) == [4, 5]
