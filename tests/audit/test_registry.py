"""A surface that somebody adds must be swept, or said to need none: else these fail."""

import pytest
from django.http import HttpResponse
from django.template.loader import get_template
from django.urls import path

from audit import registry


def test_every_address_is_swept_or_exempt_with_a_reason() -> None:
    unknown = set(registry.addresses_there_are()) - set(registry.SWEPT) - set(registry.EXEMPT)
    assert not unknown, f"Register in audit.registry how these are swept, or why they need not be: {unknown}"


def test_every_mail_is_written_by_the_audit() -> None:
    unknown = set(registry.mails_there_are()) - registry.MAILS
    assert not unknown, f"Have audit.surfaces.mails write these, and register them: {unknown}"


def test_every_command_is_known_to_show_nothing_but_to_the_operator() -> None:
    unknown = set(registry.commands_there_are()) - set(registry.COMMANDS)
    assert not unknown, f"Say in audit.registry for whom these commands write: {unknown}"


def test_nothing_is_registered_that_is_gone() -> None:
    there = {*registry.addresses_there_are(), "404.html"}
    assert not {*registry.SWEPT, *registry.EXEMPT} - there
    assert set(registry.mails_there_are()) == registry.MAILS
    assert set(registry.COMMANDS) == set(registry.commands_there_are())
    for mail in registry.MAILS:
        get_template(mail)


def test_an_address_that_is_added_later_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.urls import get_resolver

    added = path("feed/", lambda request: HttpResponse(), name="feed")
    monkeypatch.setattr(get_resolver(), "url_patterns", [*get_resolver().url_patterns, added])
    assert "feed" in set(registry.addresses_there_are()) - set(registry.SWEPT) - set(registry.EXEMPT)


def test_nothing_is_both_swept_and_exempt() -> None:
    assert not set(registry.SWEPT) & set(registry.EXEMPT)
    assert all(len(reason) > 20 for reason in registry.EXEMPT.values())
