"""Every setting, its type, its default and what it does.

The descriptions are the only text about a key: the JSON schema, the reference page and the settings screen
are made from them. A key exists here once; files, environment and flags only give it values.

Annotations stay unevaluated until a file, variable or flag gives a value (half of this module's import time).
"""

from __future__ import annotations



