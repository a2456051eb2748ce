"""Nothing is ticked for anybody, what is needed is asked separately, and a refusal says what to do."""

import pytest

from matching.privacy import consent


def test_health_and_display_are_asked_separately_and_display_is_voluntary():
    boxes = {box.kind: box for box in consent.consents()}
    assert list(boxes) == ["notice", "health", "public_display"]
    assert consent.required_consents() == {"notice", "health"}
    assert not boxes["public_display"].required


def test_for_a_child_the_guardian_agrees_and_display_is_not_offered():
    assert [box.kind for box in consent.consents(on_behalf_of_minor=True)] == ["notice", "health", "guardian"]
    assert consent.required_consents(on_behalf_of_minor=True) == {"notice", "health", "guardian"}


def test_what_was_not_ticked_is_named_in_order():
    assert consent.missing_consents(set()) == ("notice", "health")
    assert consent.missing_consents({"notice", "health"}) == ()
    assert consent.missing_consents({"notice", "health"}, on_behalf_of_minor=True) == ("guardian",)


def test_a_wish_is_public_only_when_asked_for_and_a_childs_never():
    assert consent.may_be_shown_publicly({"notice", "health", "public_display"}, on_behalf_of_minor=False)
    assert not consent.may_be_shown_publicly({"notice", "health"}, on_behalf_of_minor=False)
    everything = {"notice", "health", "guardian", "public_display"}
    assert not consent.may_be_shown_publicly(everything, on_behalf_of_minor=True)


def test_the_notice_says_what_why_who_how_long_and_which_rights():
    assert [p.heading for p in consent.NOTICE] == ["我们收集什么", "用来做什么", "谁看得到", "保存多久", "您随时可以"]
    assert any("%(days)s" in p.text for p in consent.NOTICE)
    assert 30 <= consent.ERASE_AFTER_DAYS <= 180


@pytest.mark.parametrize("banned", ["cash_gift", "queue_jumping", "paid_service", "diagnosis_request", "red_envelope"])
def test_a_refusal_says_what_happened_what_was_kept_and_what_to_do(banned):
    assert banned in consent.BANNED
    text = consent.refusal_reason(banned)
    for part in ("没有提交", "都还在", "再提交一次"):
        assert part in text


def test_an_unknown_refusal_is_a_mistake():
    with pytest.raises(KeyError):
        consent.refusal_reason("something_else")


def test_the_emergency_notice_names_the_emergency_department_and_120_and_lets_file():
    for part in ("急诊", "120", "仍然可以提交"):
        assert part in consent.EMERGENCY_NOTICE
