from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from bot.clock import ShiftableClock
from bot.github import App
from bot.github.errors import Denied, NotFound, Unavailable
from bot.github.visitors import CodeRefused, Person, Role, SignIn
from tests.fakes.github import GitHubDouble

CALLBACK = "https://concordat.example.com/sign-in/callback"
VERIFIER = "v" * 43


@pytest.fixture(params=[False, True], ids=["github.com", "enterprise"])
def github(request: pytest.FixtureRequest) -> Iterator[GitHubDouble]:
    with GitHubDouble(clock=ShiftableClock(), enterprise=request.param) as double:
        double.repository("octo/orders", private=True)
        double.repository("octo/open")
        double.oauth.callbacks = {CALLBACK}
        double.oauth.visitor = "ana"
        yield double


@pytest.fixture
def sign_in(github: GitHubDouble) -> Iterator[SignIn]:
    app = App(github.app_id, github.private_key, github.api_url, clock=github.site.world.now)
    yield app.sign_in(github.url, github.oauth.client_id, github.oauth.client_secret, CALLBACK)
    app.close()


def agreed(sign_in: SignIn, verifier: str = VERIFIER) -> str:
    """Go to GitHub's page as a browser does; the code that it brings back."""
    answer = requests.get(sign_in.address("state", verifier), allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
    assert parse_qs(back.query)["state"] == ["state"]
    return parse_qs(back.query)["code"][0]


def token(sign_in: SignIn) -> str:
    return sign_in.token(agreed(sign_in), VERIFIER).value


def test_a_code_becomes_a_token_that_tells_who_somebody_is(github: GitHubDouble, sign_in: SignIn) -> None:
    given = sign_in.token(agreed(sign_in), VERIFIER)
    assert given.lasts == timedelta(hours=8)
    assert sign_in.visit(given.value).person() == Person(github.account("ana").id, "ana")
    assert given.value not in repr(given)


def test_a_code_is_good_once(sign_in: SignIn) -> None:
    code = agreed(sign_in)
    sign_in.token(code, VERIFIER)
    with pytest.raises(CodeRefused):
        sign_in.token(code, VERIFIER)


def test_a_code_that_somebody_caught_is_worthless_without_the_verifier(sign_in: SignIn) -> None:
    with pytest.raises(CodeRefused):
        sign_in.token(agreed(sign_in), "w" * 43)


def test_a_person_sees_what_they_were_granted_and_what_is_public(github: GitHubDouble, sign_in: SignIn) -> None:
    visit = sign_in.visit(token(sign_in))
    with pytest.raises(NotFound):
        visit.repository("octo/orders")
    assert visit.repository("octo/open").role is Role.READ
    github.oauth.grant("ana", "octo/orders", "maintain")
    assert visit.repository("octo/orders").role is Role.MAINTAIN
    seen = {one.full_name: one.role for one in visit.repositories()}
    assert seen == {"octo/orders": Role.MAINTAIN, "octo/open": Role.READ}


def test_a_repository_is_told_by_its_lasting_id(github: GitHubDouble, sign_in: SignIn) -> None:
    github.oauth.grant("ana", "octo/orders", "write")
    sight = sign_in.visit(token(sign_in)).repository("octo/orders")
    assert sight.id == github.repository("octo/orders").state.id


def test_an_authorization_that_was_withdrawn_is_denied(github: GitHubDouble, sign_in: SignIn) -> None:
    visit = sign_in.visit(token(sign_in))
    github.oauth.revoke("ana")
    with pytest.raises(Denied) as denied:
        visit.person()
    assert denied.value.status == 401


def test_a_revoked_token_is_worthless(sign_in: SignIn) -> None:
    value = token(sign_in)
    sign_in.revoke(value)
    sign_in.revoke(value)
    with pytest.raises(Denied):
        sign_in.visit(value).person()


def test_a_github_that_fails_is_unavailable_and_nothing_secret_is_logged(
    github: GitHubDouble, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = agreed(sign_in)
    github.fail(how="502_html", path="/login/oauth/access_token")
    with pytest.raises(Unavailable):
        sign_in.token(code, VERIFIER)
    value = token(sign_in)
    for secret in (value, code, VERIFIER, github.oauth.client_secret):
        assert secret not in caplog.text
