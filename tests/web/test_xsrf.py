"""What is taken from inside Streamlit still works as it did in the version that was read."""

import pytest
from starlette.applications import Starlette
from streamlit import config
from streamlit.web.server.starlette import starlette_routes

from seep.web.request import RequestError
from seep.web.routes import routes
from seep.web.xsrf import COOKIE, base_path, check_change, new_token
from tests.web.client import HOST, ORIGIN, Client


def test_the_cookie_is_the_one_that_streamlits_page_sets() -> None:
    assert COOKIE == starlette_routes.XSRF_COOKIE_NAME == "_streamlit_xsrf"


def test_a_token_is_compared_by_what_it_masks() -> None:
    token = new_token()
    other_mask = starlette_routes.starlette_app_utils.generate_xsrf_token_string(
        starlette_routes.starlette_app_utils.decode_xsrf_token_string(token)[0]
    )
    assert token != other_mask
    headers = {"origin": ORIGIN, "host": HOST, "x-xsrftoken": other_mask}
    check_change(headers, {COOKIE: token})
    with pytest.raises(RequestError, match="reload"):
        check_change(headers, {COOKIE: new_token()})


@pytest.mark.parametrize(
    ("option", "prefix"), [("", ""), ("/", ""), ("oil", "/oil"), ("/oil/seep/", "/oil/seep")]
)
def test_the_base_path_has_one_slash_before_and_none_after(
    option: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "get_option", lambda _name: option)
    assert base_path() == prefix


def test_routes_lie_behind_the_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seep.web.routes.base_path", lambda: "/oil")
    client = Client(Starlette(routes=routes()))
    assert client.get("/oil/seep/nothing").json["error"]
    assert client.get("/seep/nothing").body == b"Not Found"
