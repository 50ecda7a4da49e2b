"""Errors on their way out: problem+json for the API, a page or a short piece for the console."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from admin_api.auth import typed_of
from admin_api.console.page import error_page, signed_in
from admin_api.console.resume import resumed
from admin_api.console.session import signed_out
from admin_api.errors import Fault, Problem, house_error, problem_of, retry_after
from edge import logs
from edge.core.errors import Forbidden, HouseError, NotSignedIn

log = logs.get("desk")

AnyRequest = Request[Any, Any, Any]


def problem_response(error: HouseError) -> Response[Problem]:
    """problem+json (RFC 9457)."""
    problem = problem_of(error)
    headers = retry_after(error)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(problem, status_code=problem.status, media_type="application/problem+json", headers=headers)


def on_house_error(request: AnyRequest, error: HouseError) -> Response[Any]:
    if request.url.path.startswith("/api/"):
        return problem_response(error)
    if isinstance(error, NotSignedIn):
        return _to_sign_in(request)
    if isinstance(error, Forbidden) and (typed := typed_of(request)) and (session := signed_in(request)):
        return resumed(request, typed, session.csrf, status=403)
    return error_page(request, problem_of(error), retry_after(error))


def _to_sign_in(request: AnyRequest) -> Response[Any]:
    """Back to where they were after signing in: the page itself, or the page a form or piece was on."""
    if request.headers.get("hx-request"):
        return Response(b"", status_code=401, headers={"HX-Redirect": "/sign-in"})
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(b"", status_code=401)
    if typed := typed_of(request):
        return signed_out(request, typed)
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/sign-in?next={quote(path, safe='/')}" if request.method == "GET" and path != "/" else "/sign-in"
    return Redirect(target, status_code=303)


def on_http_exception(request: AnyRequest, error: HTTPException) -> Response[Any]:
    if error.status_code >= 500:
        return on_fault(request, error)
    return on_house_error(request, house_error(error))


def on_fault(request: AnyRequest, error: Exception) -> Response[Any]:
    """A bug: logged with its trace, answered without it."""
    log.error("request failed", method=request.method, path=request.url.path, exc_info=error)
    return on_house_error(request, Fault("a fault of the house; it is logged"))


EXCEPTION_HANDLERS: dict[Any, Any] = {HouseError: on_house_error, HTTPException: on_http_exception, Exception: on_fault}
