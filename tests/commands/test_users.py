"""Users, roles and sessions: nobody makes, raises or edits anybody above themselves; a session ends when it should."""

from __future__ import annotations

import pytest

from edge.commands.users import (
    DEFAULT_ROLES,
    SESSION_MS,
    AddRole,
    AddUser,
    DeleteRole,
    DeleteUser,
    EditRole,
    EditUser,
    check_password,
    sign_in,
)
from edge.core.errors import Conflict, HouseError, Invalid, NotSignedIn
from edge.core.model import Actor, Permission, Role, User
from tests.support.stores import BEGIN, Stores, at, refused

LITTLE = Actor(id="little", name="little", rights=frozenset({Permission.USERS_MANAGE.value, Permission.DOORS_OPEN.value}))


async def roles(stores: Stores) -> tuple[Role, Role]:
    """(a role with every right, one with what LITTLE has)."""
    boss = await stores.do(AddRole(fields={"name": "Boss", "rights": [p.value for p in Permission]}))
    small = await stores.do(AddRole(fields={"name": "Small", "rights": sorted(LITTLE.rights)}))
    return boss, small


async def test_nobody_makes_or_raises_a_role_or_a_user_above_themselves(stores: Stores) -> None:
    boss, small = await roles(stores)
    chief = await stores.do(AddUser(fields={"login": "chief", "role": boss.id}, password="long enough"))
    helper = await stores.do(AddUser(fields={"login": "helper", "role": small.id}, password="long enough"))
    for command, field in (
        (AddRole(fields={"name": "Sneak", "rights": ["audit.view"]}), "rights"),
        (EditRole(id=small.id, changes={"rights": [*LITTLE.rights, "audit.view"]}), "rights"),
        (EditRole(id=boss.id, changes={"rights": []}), "rights"),
        (EditRole(id=boss.id, changes={"name": "Former boss"}), "rights"),
        (DeleteRole(id=boss.id), "rights"),
        (AddUser(fields={"login": "sneak", "role": boss.id}, password="long enough"), "role"),
        (EditUser(id=helper.id, changes={"role": boss.id}), "role"),
        (EditUser(id=chief.id, changes={}, password="a new password"), "role"),
        (EditUser(id=chief.id, changes={"role": small.id}), "role"),
        (EditUser(id=chief.id, changes={"active": False}), "role"),
        (DeleteUser(id=chief.id), "role"),
    ):
        error = await refused(lambda command=command: stores.do(command, LITTLE))
        assert isinstance(error, Invalid), command
        assert error.field == field
    assert (await stores.roster.write(lambda tx: tx.get(User, chief.id))).active
    assert (await stores.do(EditUser(id=helper.id, changes={"name": "Helper"}), LITTLE)).name == "Helper"


async def test_only_rights_that_there_are_can_be_given(stores: Stores) -> None:
    error = await refused(lambda: stores.do(AddRole(fields={"name": "R", "rights": ["doors.fly"]})))
    assert isinstance(error, Invalid)
    assert error.field == "rights"


@pytest.mark.parametrize("login", ["", "a", "Ada Lovelace", "ada!", "-ada", "a" * 65, "żółw"])
async def test_a_login_is_plain(stores: Stores, login: str) -> None:
    _, small = await roles(stores)
    error = await refused(lambda: stores.do(AddUser(fields={"login": login, "role": small.id}, password="x")))
    assert isinstance(error, Invalid)
    assert error.field == "login"


async def test_a_login_is_taken_whatever_its_case_and_stays_taken_when_its_user_is_gone(stores: Stores) -> None:
    _, small = await roles(stores)
    ada = await stores.do(AddUser(fields={"login": "Ada", "role": small.id}, password="x"))
    assert ada.login == "ada"
    await stores.do(DeleteUser(id=ada.id))
    error = await refused(lambda: stores.do(AddUser(fields={"login": "ADA", "role": small.id}, password="x")))
    assert isinstance(error, Conflict)
    assert error.field == "login"


async def test_a_role_that_is_not_there_is_named(stores: Stores) -> None:
    error = await refused(lambda: stores.do(AddUser(fields={"login": "ada", "role": "nothing"}, password="x")))
    assert isinstance(error, Invalid)
    assert error.field == "role"


async def test_a_role_in_use_stays_and_nobody_removes_themselves(stores: Stores) -> None:
    _, small = await roles(stores)
    user = await stores.do(AddUser(fields={"login": "little", "role": small.id}, password="x"))
    assert isinstance(await refused(lambda: stores.do(DeleteRole(id=small.id))), Conflict)
    myself = Actor(id=user.id, name="little", rights=LITTLE.rights)
    assert isinstance(await refused(lambda: stores.do(DeleteUser(id=user.id), myself)), Conflict)


async def session(stores: Stores, role: Role, login: str = "ada") -> tuple[User, str]:
    user = await stores.do(AddUser(fields={"login": login, "role": role.id}, password="x"))
    return user, (await stores.roster.write(lambda tx: sign_in(tx, user, "here", at()))).token


async def who(stores: Stores, token: str, ms: int = 0) -> Actor | None:
    """Who the roster, and the journal beside it, take this token for."""
    found = []
    for writer in (stores.roster, stores.journal):
        try:
            found.append(await writer.write(lambda tx: tx.actor(token, BEGIN + ms)))  # type: ignore[attr-defined]
        except NotSignedIn:
            found.append(None)
    assert found[0] == found[1]
    return found[0]


async def test_a_session_gives_the_rights_of_its_role_until_it_ends(stores: Stores) -> None:
    _, small = await roles(stores)
    user, token = await session(stores, small)
    actor = await who(stores, token)
    assert actor is not None
    assert (actor.id, actor.rights) == (user.id, LITTLE.rights)
    assert await who(stores, token, SESSION_MS - 1)
    assert await who(stores, token, SESSION_MS) is None
    assert await who(stores, "") is None
    assert await who(stores, token + "x") is None


async def test_rights_taken_from_a_role_are_gone_at_once_for_who_is_signed_in(stores: Stores) -> None:
    _, small = await roles(stores)
    _, token = await session(stores, small)
    await stores.do(EditRole(id=small.id, changes={"rights": ["users.manage"]}))
    actor = await who(stores, token)
    assert actor is not None
    assert actor.rights == {"users.manage"}


@pytest.mark.parametrize("change", ["password", "role", "deactivated", "deleted"])
async def test_a_new_password_another_role_or_an_end_ends_the_sessions(stores: Stores, change: str) -> None:
    boss, small = await roles(stores)
    user, token = await session(stores, small)
    _, other = await session(stores, small, "other")
    command = {
        "password": EditUser(id=user.id, changes={}, password="another one"),
        "role": EditUser(id=user.id, changes={"role": boss.id}),
        "deactivated": EditUser(id=user.id, changes={"active": False}),
        "deleted": DeleteUser(id=user.id),
    }[change]
    await stores.do(command)
    assert await who(stores, token) is None
    assert await who(stores, other)


async def test_a_new_name_ends_nothing(stores: Stores) -> None:
    _, small = await roles(stores)
    user, token = await session(stores, small)
    await stores.do(EditUser(id=user.id, changes={"name": "Ada L."}))
    assert await who(stores, token)


async def test_a_token_is_kept_as_its_hash_alone(stores: Stores) -> None:
    _, small = await roles(stores)
    _, token = await session(stores, small)
    for path in stores.files.folder.iterdir():
        assert token.encode() not in path.read_bytes(), path.name


@pytest.mark.parametrize("password", ["", "1234567", "x" * 257])
def test_a_password_too_short_or_absurdly_long_is_refused(password: str) -> None:
    with pytest.raises(HouseError) as caught:
        check_password(password)
    assert caught.value.field == "password"


def test_the_first_roles_hold_what_their_names_say() -> None:
    assert set(DEFAULT_ROLES) == {"Administrator", "Operator", "Technician", "Guard", "Viewer"}
    assert set(DEFAULT_ROLES["Administrator"]) == set(Permission)
    assert not {p for p in DEFAULT_ROLES["Viewer"] if not p.value.endswith(".view")}
    assert Permission.USERS_MANAGE not in {p for name, ps in DEFAULT_ROLES.items() if name != "Administrator" for p in ps}
    assert set(DEFAULT_ROLES["Guard"]) < set(DEFAULT_ROLES["Operator"])
