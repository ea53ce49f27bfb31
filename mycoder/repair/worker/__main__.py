"""Entry of the worker: ``python .../repair/worker PIPES CONFIG``, run by the project's interpreter.

Its modules are loaded under their real names without importing the mycoder package, which need not be
installed there, and are taken out of ``sys.modules`` again, so that mycoder itself can be the project under
repair.
"""

import os
import sys
import types


def load() -> types.ModuleType:
    here = os.path.dirname(os.path.abspath(__file__))
    product = os.path.dirname(os.path.dirname(here))
    places = {
        "mycoder": product,
        "mycoder.repair": os.path.dirname(here),
        "mycoder.repair.worker": here,
        "mycoder.testing": os.path.join(product, "testing"),
    }
    if sys.path and os.path.abspath(sys.path[0]) == here:
        del sys.path[0]
    for name, path in places.items():
        package = types.ModuleType(name)
        package.__path__ = [path]
        sys.modules[name] = package
    sys.dont_write_bytecode = True
    from mycoder.repair.worker import zygote  # late: only after the places are known

    for name in [n for n in sys.modules if n == "mycoder" or n.startswith("mycoder.")]:
        del sys.modules[name]
    return zygote


if __name__ == "__main__":
    load().main(sys.argv[1], sys.argv[2])
