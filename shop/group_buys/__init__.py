"""群接龙、快团团: what neighbours collected in a chat group becomes orders.

`formats.parse` reads an export, `plan.make` says what it would come to (doors, goods, shortages;
nothing is written), `placing.place` does that, each door in a transaction of its own. An export
again, or a longer later one, places only what is new.
"""
