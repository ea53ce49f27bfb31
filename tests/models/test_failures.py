import pytest

from mycoder.models.failures import classify, from_error_object, from_response, retry_after
from mycoder.models.model import Failed
from mycoder.protocol.codec import encode


def failed(status: int, message: str, code: str = "") -> Failed:
    body = encode({"error": {"message": message, "code": code or None}})
    return from_response(status, {}, body, 0.0)


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 128000 tokens. However, you sent 130000.",
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "Invalid request: Your request exceeded model token limit: 262144",
        "Input token length too long",
        "Prompt exceeds max length",
        "Prompt contains 33000 tokens and 0 draft tokens, too large for model with 32768 maximum context",
        "Please reduce the length of the messages or completion.",
        "the request exceeds the available context size, try increasing it",
        "Trying to keep the first 9000 tokens when context the overflows. However, the model has a context "
        "length of only 4096 tokens",
        "Input is too long for requested model.",
        "`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens",
        "The prompt is too long: 140000, model maximum context length: 131071",
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
        "invalid params, context window exceeds limit",
        "Range of input length should be [1, 129024]",
        "prompt token count of 130000 exceeds the limit of 128000",
        "This endpoint's maximum context length is 200000 tokens. However, you requested about 250000 tokens",
    ],
)
def test_context_overflow_in_the_words_of_the_providers(message: str) -> None:
    assert failed(400, message).kind == "context_overflow"
    assert from_error_object({"message": message}).kind == "context_overflow"


def test_context_overflow_by_code_alone_and_by_size() -> None:
    assert failed(400, "no", "context_length_exceeded").kind == "context_overflow"
    assert from_response(413, {}, b"<html><title>413 Request Entity Too Large</title></html>", 0).kind == (
        "context_overflow"
    )


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "Incorrect API key provided", "auth"),
        (403, "Country not supported", "auth"),
        (402, "Insufficient Balance", "auth"),
        (429, "You exceeded your current quota, please check your plan and billing details", "auth"),
        (429, "Rate limit reached for requests", "rate_limit"),
        (404, "The model `gpt-9` does not exist", "bad_request"),
        (400, "Invalid value for 'messages'", "bad_request"),
        (422, "Extra inputs are not permitted", "bad_request"),
        (408, "Request Timeout", "timeout"),
        (500, "Internal server error", "server"),
        (502, "Bad gateway", "server"),
        (503, "The engine is currently overloaded, please try again later", "server"),
        (529, "Overloaded", "server"),
        (400, "The model is overloaded. Please try again later.", "server"),
        (500, "This model's maximum context length is 10 tokens", "server"),
    ],
)
def test_kinds(status: int, message: str, kind: str) -> None:
    assert failed(status, message).kind == kind


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": {"message": "a", "code": 400}}', "a"),
        (b'{"error": "a"}', "a"),
        (b'[{"error": {"code": 400, "message": "a", "status": "INVALID_ARGUMENT"}}]', "a"),
        (b'{"message": "a"}', "a"),
        (b'{"detail": "a"}', "a"),
        (b'{"detail": [{"loc": ["body", "model"], "msg": "field required"}]}', "body.model: field required"),
        (b'{"object": "error", "message": "a", "code": 400}', "a"),
        (b'{"errors": ["a", "b"]}', "a; b"),
        (b"<html><head><title>400 Bad Request</title></head></html>", "400 Bad Request"),
        (b"plain words", "plain words"),
        (b"", "status 400 without a word"),
        (b"{}", "status 400 without a word"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (
            b'{"error": {"message": "Provider returned error", "metadata": {"raw": "b"}}}',
            "Provider returned error: b",
        ),
    ],
)
def test_messages_are_found_in_every_form(body: bytes, message: str) -> None:
    assert from_response(400, {}, body, 0.0).message == message


def test_a_message_is_cut_and_tells_no_key() -> None:
    result = failed(401, "Incorrect API key provided: sk-proj-abcdefghijklmnop1234. " + "x" * 5000)
    assert "abcdefghijklmnop" not in result.message
    assert len(result.message) < 1100


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "Thu, 01 Jan 1970 00:02:00 GMT"}, 20.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:10 GMT"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1e300"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, 100.0) == seconds


def test_delays_hidden_in_the_body() -> None:
    gemini = b'[{"error": {"code": 429, "message": "x", "details": [{"retryDelay": "34s"}]}}]'
    assert from_response(429, {}, gemini, 0).retry_after == 34.0
    assert failed(429, "Rate limit reached. Please try again in 1m2.5s.").retry_after == 62.5
    assert failed(429, "Please try again in 250ms.").retry_after == 0.25
    assert failed(400, "Please try again in 5s.").retry_after is None


def test_a_redirect_is_explained_and_not_followed() -> None:
    result = from_response(301, {"location": "https://elsewhere/v1"}, b"", 0)
    assert result.kind == "bad_request"
    assert "elsewhere" in result.message
    assert "base URL" in result.hint


@pytest.mark.parametrize(
    ("value", "kind", "status"),
    [
        ({"message": "Rate limit exceeded", "code": 429}, "rate_limit", 429),
        ({"message": "Overloaded", "type": "overloaded_error"}, "server", None),
        ({"message": "Too many requests"}, "rate_limit", None),
        ({"message": "No auth", "type": "authentication_error"}, "auth", None),
        ({"message": "x", "type": "invalid_request_error"}, "bad_request", None),
        ({"message": "x", "code": "502"}, "server", 502),
        ("boom", "server", None),
        ({}, "server", None),
        (None, "server", None),
    ],
)
def test_error_objects_in_a_stream(value: object, kind: str, status: int | None) -> None:
    result = from_error_object(value)
    assert (result.kind, result.status) == (kind, status)
    assert result.message


def test_hints_say_what_to_do() -> None:
    assert (
        "litellm/"
        in failed(404, "This is only supported in v1/responses and not in v1/chat/completions").hint
    )
    assert "name" in failed(404, "model not found").hint
    assert "key" in failed(401, "no").hint
    assert "larger window" in failed(400, "prompt is too long").hint
    assert "credit" in classify("Insufficient balance", "", 402).hint
