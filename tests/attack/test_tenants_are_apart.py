"""Every handler and route, by everybody, with the ids of a group that is none of theirs.

The lists come from the registry and from the routes themselves: one that is added is knocked at, or
this fails.
"""

import re
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext
from starlette.routing import BaseRoute, Mount, Route

from grouplic.grouplic import _routes
from grouplic.services.outside import Outside
from grouplic.ui.doors import FRAMEWORK, registered_handlers
from grouplic.ui.open_doors import OPEN_DOORS, OPERATOR
from tests.attack.stage import HYDRATE, Tabs, browser, new_tab
from tests.attack.tenants import MARK, Tenants, changed, rows
from tests.coroutines import run
from tests.payloads import payload_of

# Nobody; somebody of no group; a learner and a leader of another group; a leader who was removed.
STRANGERS = ["", "charlie", "learner elsewhere", "dora", "erin"]
_PAGES = ("/my-teaching/{group}", "/operator/groups/{group}", "/learn/writing/lesson-1")
# Which id an argument or a field of a form means; every other text is tried as it is.
_MEANT = {
    "row_id": "UploadRow",
    "invitation": "Invitation",
    "enrollment": "Enrollment",
    "waiting_id": "Waiting",
    "leader": "GroupLeader",
    "key_id": "EnrollmentKey",
    "batch": "KeyBatch",
    "session_id": "WebSession",
    "person": "Enrollment",
    "question": "Question",
    "module": "Module",
}


def foreign(name: str, tenants: Tenants) -> dict[str, Any]:
    """Return what the handler takes, with ids of Alice's group in it."""

    def one(argument: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {field: one(field, inner) for field, inner in value.items()}
        return tenants.ids[_MEANT[argument]] if argument in _MEANT else value

    return {argument: one(argument, value) for argument, value in payload_of(name).items()}


def knock_everywhere(tenants: Tenants, who: str, payloads: dict[str, list[Any]]) -> str:
    """Send every payload to every handler from pages that name Alice's things; return it all."""
    heard: list[str] = []
    ids = tenants.ids

    async def work() -> None:
        async with Tabs().running() as tabs:
            for path in _PAGES:
                tab, cookie = new_tab(), tenants.cookie(who)
                where = path.format(group=tenants.group_id)
                arguments = {
                    "group": tenants.group_id,
                    "order": ids["Order"],
                    "learner": ids["Enrollment"],
                    "person": ids["User"],
                    "module": "writing",
                    "lesson": "lesson-1",
                }
                for name in [HYDRATE, *payloads]:
                    for payload in payloads.get(name, [{}]):
                        answer = await tabs.knock(tab, name, payload, cookie, where, **arguments)
                        heard.append(f"{name} {answer.text}")

    run(work())
    return "\n".join(heard)


def of_others(tenants: Tenants, rows_changed: list[str]) -> list[str]:
    """Return those of the changes that are of Alice's group or of its people."""
    guarded = {tenants.group_id, *tenants.ids.values()} - {tenants.ids["Module"]}
    guarded -= {tenants.ids["Question"]}
    return [row for row in rows_changed if any(one in row for one in guarded)]


@pytest.mark.parametrize("who", STRANGERS)
def test_no_handler_tells_a_stranger_or_lets_one_change_anything(
    site: Outside, tenants: Tenants, who: str
) -> None:
    before = rows(site.database)  # type: ignore[arg-type]
    heard = knock_everywhere(tenants, who, {name: [foreign(name, tenants)] for name in OPEN_DOORS})

    assert tenants.found_in(heard) == []
    assert of_others(tenants, changed(before, rows(site.database))) == []  # type: ignore[arg-type]


def test_an_operator_looks_at_a_group_and_changes_nothing_by_the_leaders_doors(
    site: Outside, tenants: Tenants
) -> None:
    before = rows(site.database)  # type: ignore[arg-type]
    theirs = [name for name, who in OPEN_DOORS.items() if who != OPERATOR]
    heard = knock_everywhere(tenants, "olive", {name: [foreign(name, tenants)] for name in theirs})

    # Whoever runs the site may see who learns; the keys, which are worth seats, stay the leader's.
    assert tenants.keys & set(tenants.found_in(heard)) == set()
    # That an operator looked is on record; nothing else is.
    others = of_others(tenants, changed(before, rows(site.database)))  # type: ignore[arg-type]
    assert [row for row in others if not row.startswith("audit_event +")] == []


def test_a_learner_of_the_group_sees_nothing_of_the_others(site: Outside, tenants: Tenants) -> None:
    before = rows(site.database)  # type: ignore[arg-type]
    leads = [name for name, who in OPEN_DOORS.items() if "learn" not in name and "quiz" not in name]
    heard = knock_everywhere(tenants, "learner", {name: [foreign(name, tenants)] for name in leads})

    # The name of the group is the learner's to know.
    rest = heard.replace(f"Northlab {MARK}", "")
    assert tenants.found_in(rest) == []
    own = (str(tenants.people["learner"].actor.user_id), tenants.ids["Enrollment"])
    others = of_others(tenants, changed(before, rows(site.database)))  # type: ignore[arg-type]
    assert [row for row in others if not any(one in row for one in own)] == []


def test_the_leader_hears_the_marks_by_the_same_knocking(site: Outside, tenants: Tenants) -> None:
    heard = knock_everywhere(
        tenants, "alice", {name: [foreign(name, tenants)] for name in OPEN_DOORS if ".load" in name}
    )

    assert len(tenants.found_in(heard)) > 2


def test_every_handler_was_knocked_at() -> None:
    framework = {name for name in registered_handlers() if name in FRAMEWORK}
    dropped = {name for name in registered_handlers() if name.endswith(".setvar")}

    assert registered_handlers() == OPEN_DOORS.keys() | framework | dropped
    assert all(name in RegistrationContext.get().event_handlers for name in OPEN_DOORS)


@pytest.mark.prove
@pytest.mark.parametrize("who", [*STRANGERS, "olive"])
def test_every_id_in_every_argument_of_every_handler(
    site: Outside, tenants: Tenants, who: str
) -> None:
    def filled(name: str, one: str) -> dict[str, Any]:
        return {
            argument: dict.fromkeys(value, one)
            if isinstance(value, dict)
            else (one if isinstance(value, str) else value)
            for argument, value in payload_of(name).items()
        }

    before = rows(site.database)  # type: ignore[arg-type]
    doors = {
        name: [filled(name, one) for one in tenants.ids.values()]
        for name, whose in OPEN_DOORS.items()
        if not (who == "olive" and whose == OPERATOR)
    }
    found = set(tenants.found_in(knock_everywhere(tenants, who, doors)))
    # An operator may see who learns, and no key.
    assert (found & tenants.keys if who == "olive" else found) == set()
    different = changed(before, rows(site.database))  # type: ignore[arg-type]
    # Whoever is offered a foreign id as a name is called by it from then on, and that is all.
    own = f"user_account {{'id': {tenants.people[who].actor.user_id!r}" if who else "nobody's"
    looked = ("audit_event +",) if who == "olive" else ()  # each look of hers is on record
    others = [row for row in different if not row.startswith((own, *looked))]
    assert of_others(tenants, others) == []


def addresses(outside: Outside, tenants: Tenants) -> list[tuple[str, str]]:
    """Return method and address of every route there is, with Alice's ids in it."""
    ids = tenants.ids
    places = {
        "group": tenants.group_id,
        "upload": ids["Upload"],
        "user": ids["User"],
        "quote": ids["Order"],
        "kind": "csv",
        "module": "writing",
        "name": "page.svg",
        "code": ids["Enrollment"],
        "token": "guess",
        "list": "groups",
    }
    found: list[tuple[str, str]] = []
    for route in _routes(outside):
        assert isinstance(route, Route | Mount), route
        if isinstance(route, Route):
            path = re.sub(r"{(\w+)(:\w+)?}", lambda match: places[match[1]], route.path)
            found += [(method, path) for method in sorted(route.methods or ())]
    return found


@pytest.mark.parametrize("who", [*STRANGERS, "learner"])
def test_no_route_tells_a_stranger_or_lets_one_change_anything(
    site: Outside, tenants: Tenants, who: str
) -> None:
    before = rows(site.database)  # type: ignore[arg-type]
    for method, path in addresses(site, tenants):
        answer = browser(site, tenants.cookie(who)).request(method, path)
        assert answer.status_code < 500, path
        assert tenants.found_in(answer.text + repr(answer.headers)) == [], path

    assert of_others(tenants, changed(before, rows(site.database))) == []  # type: ignore[arg-type]


def test_the_leader_is_given_the_marks_by_the_same_routes(site: Outside, tenants: Tenants) -> None:
    answers = [
        browser(site, tenants.cookie("alice")).get(path).text
        for method, path in addresses(site, tenants)
        if method == "GET" and "pdf" not in path and "xlsx" not in path
    ]
    assert len(tenants.found_in("".join(answers))) > 2


def test_every_route_is_known_by_its_kind(site: Outside) -> None:
    kinds: set[type[BaseRoute]] = {type(route) for route in _routes(site)}
    assert kinds <= {Route, Mount}
