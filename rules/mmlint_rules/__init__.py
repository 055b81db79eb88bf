"""The rules of mmlint and, in `knowledge`, what they know about the kernel.

A module here whose name does not start with an underscore is a rule. Its docstring is its
documentation: `mmlint explain` prints it.
"""
