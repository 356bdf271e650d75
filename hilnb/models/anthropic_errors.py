"""What went wrong with a call of Anthropic's API, in words that say what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hilnb.errors import ModelBusyError, ModelError
from hilnb.models.secrets import scrubbed

__all__ = ["NO_KEY", "broken_off", "explained"]

NO_KEY = (
    "There is no key for Anthropic's API. Set the environment variable ANTHROPIC_API_KEY before the kernel starts, or "
    "type it in: ChatAnthropic(api_key=getpass.getpass()). Without a key, ScriptedModel answers from a list, and "
    "cassette(file) from a recording."
)

_BUSY = {"rate_limit_error", "overloaded_error", "api_error", "timeout_error"}
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_ADVICE: Mapping[str, str] = {
    "authentication_error": "The API does not accept the key. Check ANTHROPIC_API_KEY, or the api_key you gave, for a "
    "typing error; make a new key in the Anthropic Console if it was revoked",
    "billing_error": "The account cannot pay for this. Check its credit in the Anthropic Console",
    "permission_error": "The key may not do this. Check in the Anthropic Console what it is for",
    "not_found_error": "The API does not know the model {model!r}. Give another, ChatAnthropic(model=…), or set "
    "HILNB_MODEL; the Anthropic Console lists those your key may use",
    "request_too_large": "The request is too large. Send a shorter conversation or smaller files; "
    "hilnb.messages.trim_messages keeps the last messages",
    "rate_limit_error": "Too many requests or tokens for this key in this time. Wait{wait} and ask again, or ask less "
    "at a time (max_concurrency in the config); max_retries says how often the SDK tries by itself",
    "overloaded_error": "The API is overloaded. Wait a little and ask again; max_retries says how often the SDK tries "
    "by itself",
    "api_error": "The API had an error of its own. Ask again; max_retries says how often the SDK tries by itself",
    "timeout_error": "The API took too long. Ask again, or for less at a time",
    "invalid_request_error": "The API refused the request. What it says names the field",
}
_GOES_ON = " In a graph with a checkpointer the thread is kept: graph.invoke(None, config) goes on where it failed."


def explained(error: Exception, request: Mapping[str, Any], secrets: Collection[str]) -> ModelError:
    """The error to raise in place of one that came from the SDK; no secret is in it.

    Args:
        error: Of the SDK's, or of the HTTP library's.
        request: What was asked.
        secrets: Texts that must not be shown.
    """
    name = type(error).__name__
    said = scrubbed(_said(error), secrets)
    if "Could not resolve authentication method" in said:
        return ModelError(NO_KEY)
    if name == "APITimeoutError" or "Timeout" in name:
        waited = "Give ChatAnthropic(timeout=…) more seconds, ask for less, or use stream, which waits for each piece"
        return ModelBusyError(f"The API did not answer in time ({name}). {waited}.{_GOES_ON}")
    status = getattr(error, "status_code", None)
    if status is None:
        if name == "APIConnectionError" or type(error).__module__.partition(".")[0] in ("httpx2", "httpcore2"):
            return _no_connection(error, said, secrets)
        return ModelError(f"The request could not be made: {name}: {said}")
    kind = _of_body(error, "type") or _TYPES.get(status) or ("api_error" if status >= 500 else "")
    return _refused(error, kind, status, said, request)


def _said(error: Exception) -> str:
    """What the API said, or else the error."""
    return str(_of_body(error, "message") or error)


def _of_body(error: Exception, name: str) -> str | None:
    """A part of the error in the API's reply."""
    match getattr(error, "body", None):
        case {"error": {**parts}}:
            part = parts.get(name)
            return part if isinstance(part, str) else None
    return None


def _no_connection(error: Exception, said: str, secrets: Collection[str]) -> ModelError:
    cause = error.__cause__
    detail = f"{said} {type(cause).__name__}: {scrubbed(str(cause), secrets)}" if cause else said
    return ModelBusyError(
        f"There is no connection to the API ({detail}). Check the network, a proxy (HTTPS_PROXY) and base_url."
        f"{_GOES_ON}"
    )


def _refused(error: Any, kind: str, status: int, said: str, request: Mapping[str, Any]) -> ModelError:
    response = getattr(error, "response", None)
    seconds = response.headers.get("retry-after") if response is not None else None
    wait = f" {seconds} s" if seconds else ""
    advice = _ADVICE.get(kind, "The API refused the request").format(model=request.get("model"), wait=wait)
    number = f", request {error.request_id}" if getattr(error, "request_id", None) else ""
    busy = kind in _BUSY
    made = (ModelBusyError if busy else ModelError)(
        f"{advice}. It says: {said} (status {status}, {kind or 'no type'}{number}).{_GOES_ON if busy else ''}"
    )
    made.status = status
    return made


def broken_off(pieces: int) -> ModelBusyError:
    """The error for a stream that ended before the reply did."""
    return ModelBusyError(
        f"The connection broke off in the middle of the reply, after {pieces} events. The error's `partial` is what "
        f"had come; it is no answer to build on. Ask again.{_GOES_ON}"
    )
