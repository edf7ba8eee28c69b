"""How sure a number is: intervals of values, comparisons of two models, corrections for several.

Arrays and sums of statistics go in, numbers come out; nothing here knows of losses or files. Items
are described by k numbers each whose sums are all that a value needs: (w·x, w) for a weighted mean,
(intersection, difference) for Dice. ``moments`` and ``clusters`` sum them block by block,
``intervals`` and ``serial`` say how far a value may lie from the truth, ``paired`` and ``unpaired``
compare two models, ``bootstrap`` and ``sign_flips`` do so by resampling, ``comparison`` words the
answer as a verdict, and ``several`` corrects for many answers at once.
"""
