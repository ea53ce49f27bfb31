"""Which model plays which role, with which parameters, and what happens when none is configured."""

import pytest

from mycoder.config.role_settings import RoleModel
from mycoder.config.role_settings import Roles as RoleSettings
from mycoder.models.roles import ROLES, Roles, role_name


class Named:
    def __init__(self, name, role=RoleModel()):
        self.name, self.role, self.is_closed = name, role, False

    async def aclose(self):
        self.is_closed = True


def test_a_role_that_is_not_set_is_played_by_the_model_of_the_session():
    usual = [Named("first")]
    roles = Roles(RoleSettings(), Named, lambda: usual[0])
    assert {roles.open(role).name for role in ROLES} == {"first"}
    usual[0] = Named("second")
    assert roles.open("debug").name == "second"


def test_a_role_has_a_model_and_parameters_of_its_own_and_is_opened_once():
    settings = RoleSettings(
        debug=RoleModel(model="a/thinker", temperature=0.6), judge=RoleModel(temperature=0.0)
    )
    roles = Roles(settings, Named, lambda: Named("usual"))
    debug, judge = roles.open("debug"), roles.open("judge")
    assert (debug.name, debug.role.temperature) == ("a/thinker", 0.6)
    assert (judge.name, judge.role.temperature) == ("usual", 0.0)
    assert roles.open("debug") is debug


def test_limits_alone_do_not_open_another_model():
    usual = Named("usual")
    roles = Roles(RoleSettings(code=RoleModel(max_calls=3)), Named, lambda: usual)
    assert roles.open("code") is usual
    assert roles.settings("code").max_calls == 3


@pytest.mark.parametrize(
    ("calls", "cost", "word"), [(0, 0.0, ""), (2, 0.4, ""), (3, 0.0, "max_calls"), (0, 0.5, "budget")]
)
def test_limits_of_a_role(calls, cost, word):
    roles = Roles(RoleSettings(code=RoleModel(max_calls=3, budget=0.5)), Named, lambda: Named("usual"))
    said = roles.spent("code", calls, cost)
    assert word in said if word else said == ""
    assert roles.spent("judge", 10**6, 10.0**6) == ""


async def test_what_was_opened_is_closed_and_the_usual_model_is_not():
    usual = Named("usual")
    roles = Roles(RoleSettings(debug=RoleModel(model="a/b")), Named, lambda: usual)
    debug = roles.open("debug")
    roles.open("code")
    await roles.aclose()
    assert debug.is_closed
    assert not usual.is_closed


def test_one_call_may_ask_for_another_temperature():
    roles = Roles(RoleSettings(code=RoleModel(model="a/b", temperature=0.2)), Named, lambda: Named("usual"))
    assert [roles.open("code", temperature=t).role.temperature for t in (None, 0.5, 0.9)] == [0.2, 0.5, 0.9]


@pytest.mark.parametrize("spelling", ["design-tests", "design_tests", " Design-Tests "])
def test_spellings(spelling):
    assert role_name(spelling) == "design_tests"


def test_an_unknown_role_names_the_known_ones():
    with pytest.raises(KeyError, match="design_tests"):
        role_name("debgu")
