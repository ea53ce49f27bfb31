"""The pure decision: no attempt may be allowed in a mode in which the case expects a question or a refusal."""

from collections.abc import Callable
from typing import NamedTuple

from mycoder.bench.attacks import HOME, Call, Case
from mycoder.policy.decide import RANK, Action, Verdict, decide
from mycoder.policy.policy import MODES, Policy
from mycoder.protocol.events import Mode
from mycoder.session.agents import Lent

NAME = "decision"
SANDBOXES = ("bubblewrap", "landlock", "limits", "off")
ROOT = "/w/app"


def missing() -> str:
    return ""


def run(case: Case) -> list[str]:
    policy = Policy.of(allow=case.allow, deny=case.deny, at_most=case.at_most)
    modes = case.modes or (MODES if case.expect == "deny" else MODES[:3])
    return [
        problem
        for call in case.actions()
        for mode in modes
        if (problem := _problem(case, call, mode, policy))
    ]


def _problem(case: Case, call: Call, mode: Mode, policy: Policy) -> str:
    wanted = RANK["deny"] if case.expect == "deny" else RANK["ask"]
    action = Action(call.tool, call.declared, call.arguments)
    for sandbox in SANDBOXES:
        verdict = _verdict(case, action, mode, policy, sandbox)
        if RANK[verdict.decision] < wanted and not (mode == "plan" and call.declared == "read"):
            what = str(call.arguments.get("command", call.arguments))[:120]
            return f"{mode}, {sandbox}: {verdict.decision} ({verdict.rule}) {what!a}"
    return ""


def _verdict(case: Case, action: Action, mode: Mode, policy: Policy, sandbox: str) -> Verdict:
    """That of the session, or of a sub-agent of it with the mode that it wants for itself."""
    session = _Session(
        lambda asked: decide(
            asked, mode, policy, sandbox=sandbox, is_tainted=case.tainted, root=ROOT, home=HOME
        )
    )
    return session.decide(action) if case.child is None else Lent(session, case.child.at_most).decide(action)


class _Session(NamedTuple):
    decide: Callable[[Action], Verdict]
