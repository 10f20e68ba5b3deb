"""How people get in: by a door card, by a code in a text message, by password and second factor.

Whoever works here never gets in without the password. What was guessed wrong is counted before it
is looked at, and no answer tells whether a phone is registered.
"""
