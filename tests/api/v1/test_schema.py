"""The description at /api/v1/openapi.json is true: made-up calls of every operation get an answer that it describes."""

import os
import re
from collections import defaultdict
from collections.abc import MutableMapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from matching.api.v1.problems import MEDIA_TYPE
from matching.privacy.consent import NOTICE_VERSION
from tests.api.v1.conftest import Api
from tests.api.v1.test_verbs import CLAIM, CONTACT, DISPATCH

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
KNOWN = {
    "slug": "menzhen-dating",
    "unit": "ZB1",
    "person": "M0007",
    "service": "wheelchair",
    "spot": "S1",
    "notice_version": NOTICE_VERSION,
}
EXAMPLES = int(os.environ.get("TEST_SCHEMA_EXAMPLES", "3"))  # a call of each operation


@pytest.fixture
def described(api: Api) -> dict[str, Any]:
    answer = api.get("anybody", "/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, told) for path, ways in described["paths"].items() for method, told in ways.items()]


@ONE_DATABASE
def test_every_operation_tells_its_refusals_in_one_shape(described):
    for method, path, told in operations(described):
        answers = told["responses"]
        refusals = {status: answer for status, answer in answers.items() if status >= "400"}
        assert {"422", "503"} <= set(refusals), (method, path)
        if "requestBody" in told:
            assert {"409", "413", "415"} <= set(refusals), (method, path)
        if told.get("security"):
            assert "401" in refusals
        if "{number}" in path:
            assert "404" in refusals
        for answer in refusals.values():
            assert answer["content"] == {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        if method == "post":
            assert "idempotency-key" in {param["name"].lower() for param in told["parameters"]}, path


@ONE_DATABASE
def test_names_of_operations_are_clean_and_said_once(described):
    names = [told["operationId"] for _method, _path, told in operations(described)]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []
    for _method, path, told in operations(described):
        assert told["summary"], path
        assert told["description"], path
        assert len(told["tags"]) == 1
    assert all(path.startswith("/api/v1/") for path in described["paths"])


def test_made_up_calls_get_answers_that_the_description_knows(api: Api, described):
    """By people who may do nearly everything, on requests in several states: no 500, and no answer untold."""
    numbers = []
    for way in ((), (DISPATCH,), (DISPATCH, CLAIM), (DISPATCH, CLAIM, CONTACT)):
        numbers.append(api.file())
        api.tell(*way)
    schema = schemathesis.openapi.from_dict(described)
    tokens = [api.of(login).headers["authorization"] for login in ("wei", "lead", "lin")]
    seen: dict[str, set[int]] = defaultdict(set)

    for result in schema.get_all_operations():
        operation = result.ok()
        if "/followup" in operation.path:
            api.file()

        @settings(
            max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
        )
        @given(
            case=operation.as_strategy(GenerationMode.POSITIVE) | operation.as_strategy(GenerationMode.NEGATIVE),
            number=st.sampled_from(numbers),
            token=st.sampled_from(tokens),
        )
        def calling(case: schemathesis.Case, number: str, token: str) -> None:
            make_plausible(case, number, api.code)
            answer = send(api, case, token)
            case.validate_response(answer, checks=CHECKS)
            seen[case.operation.label].add(answer.status_code)

        calling()
    assert len(seen) == schema.statistic.operations.total


def make_plausible(case: schemathesis.Case, number: str, code: str) -> None:
    """Names that exist where made-up ones would never be met by chance; half of the calls name no version."""
    for place in (case.path_parameters, case.headers, case.body):
        if isinstance(place, MutableMapping):
            known = {"number": number, "Query-Code": code, **KNOWN}
            place.update({name: known[name] for name in known if isinstance(place.get(name), str)})
    if len(case.headers.get("idempotency-key") or "") % 2:
        case.headers.pop("if-match", None)


def send(api: Api, case: schemathesis.Case, token: str) -> Any:
    """Through the running application: schemathesis' own client would start it anew for every call."""
    told = {name: value for name, value in case.as_transport_kwargs("http://testserver").items() if value is not None}
    headers = {str(name): str(value) for name, value in told.pop("headers", {}).items()} | {"Authorization": token}
    told.pop("cookies", None)
    if isinstance(told.get("data"), str | bytes):
        told["content"] = told.pop("data")
    return api.of("anybody").request(**told, headers=headers)
