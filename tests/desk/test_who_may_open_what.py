"""Every page has its rule, and nobody opens what is not theirs: each route, for each role, and for another scheme."""

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from bot.web.desk import door
from tests.desk.conftest import STAFF, Desk

# Pages that were there before the desk, each with a guard of its own.
OTHERS = ("webhooks", "health", "metrics", "go_live", "home", "privacy", "phone")


def of_the_desk(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and rule.endpoint.partition(".")[0] not in OTHERS:
            yield rule


def access(app: Flask, rule: Rule) -> object:
    return getattr(app.view_functions[rule.endpoint], "access", None)


def guarded(app: Flask) -> list[Rule]:
    return [rule for rule in of_the_desk(app) if access(app, rule) != door.PUBLIC]


def address(rule: Rule, ids: dict[str, uuid.UUID]) -> str:
    """The rule's address, with an id of what it is about where it asks for one."""
    values = {name: ids.get(name, uuid.uuid4()) for name in rule.arguments}
    built = rule.build({name: str(value) for name, value in values.items()}, append_unknown=False)
    assert built is not None, f"{rule.endpoint}: give it an id in this test"
    return built[1]


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def test_every_route_has_a_rule(desk: Desk) -> None:
    without = [rule.endpoint for rule in of_the_desk(desk.app) if access(desk.app, rule) is None]
    assert without == []


def test_signed_out_nothing_opens(desk: Desk) -> None:
    client = desk.app.test_client()
    for rule in guarded(desk.app):
        for method in methods(rule):
            answer = client.open(address(rule, {}), method=method)
            expected = (303, "/sign-in") if method == "GET" else (403, None)
            found = answer.status_code, answer.headers.get("Location", "").partition("?")[0] or None
            assert found == expected, (rule.endpoint, method)


@pytest.mark.parametrize("name", STAFF)
def test_a_role_opens_only_its_own_pages(desk: Desk, name: str) -> None:
    client = desk.signed_in(name)
    for rule in guarded(desk.app):
        allowed = access(desk.app, rule)
        assert isinstance(allowed, tuple)
        if STAFF[name] not in allowed:
            for method in methods(rule):
                assert client.open(address(rule, {}), method=method).status_code == 404, (rule.endpoint, method)


@pytest.mark.parametrize("name", ["pat", "jo"])
def test_what_is_about_somebody_elses_people_is_not_there(desk: Desk, name: str) -> None:
    """Pat leads another scheme; Jo works in the same one, and Amina is Sam's."""
    person = desk.add_person("Amina", "sam")
    ids = {"person_id": person, "flag_id": desk.add_flag("amina"), "practitioner_id": desk.staff["sam"]}
    client = desk.signed_in(name)
    for rule in guarded(desk.app):
        theirs = {"person_id", "flag_id"} if name == "jo" else set(rule.arguments)
        if rule.arguments & theirs:
            for method in methods(rule):
                assert client.open(address(rule, ids), method=method).status_code == 404, (rule.endpoint, method)
