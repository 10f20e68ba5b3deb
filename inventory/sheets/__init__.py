"""Reading the spreadsheets people already keep, without asking them to retype anything.

`read(file, name, columns)` gives a `Table` of rows whose cells know their address ("H23").
A file that cannot be read at all raises `SheetError`; a cell that cannot be right becomes a
`BadCell` and only its row is left out. Nothing here touches the database.
"""

from inventory.sheets.cells import CellError
from inventory.sheets.files import SheetError
from inventory.sheets.reader import BadCell, Column, Row, Table, read

__all__ = ["BadCell", "CellError", "Column", "Row", "SheetError", "Table", "read"]
