"""mycoder's own handling of files, settings, hosts, text and its store: the real functions and the real program, on
the stage, without a sandbox between.

A case survives when its attack tells no problem, no canary was made, and nothing outside of the project changed.
Each case of this level has an attack of its own, by its id; one without an attack is a failure.
"""

from collections.abc import Mapping

from mycoder.bench.attack_levels import host_network, host_paths, host_reliability, host_trust, host_words
from mycoder.bench.attack_levels.host_runs import Attack
from mycoder.bench.attack_levels.stage import changes, staged
from mycoder.bench.attacks import Case

NAME = "host"


def missing() -> str:
    return ""


def attacks() -> Mapping[str, Attack]:
    modules = (host_trust, host_paths, host_network, host_words, host_reliability)
    return {name: attack for module in modules for name, attack in module.ATTACKS.items()}


def run(case: Case) -> list[str]:
    attack = attacks().get(case.id)
    if attack is None:
        return ["no attack is written for it"]
    with staged() as stage:
        stage.build(case.setup)
        outside = stage.outside()
        problems = attack(stage)
        problems += [f"canary: {name}" for name in stage.canaries()]
        return problems + [f"changed outside: {name}" for name in changes(outside, stage.outside())]
