"""What a function holds on its paths: property simulation over the flow graph.

At each block there is one state for each set of held and failed resources, and whatever else
differs is merged inside. Unwinding by `goto`, flags and tests of a result need no special case.
"""
