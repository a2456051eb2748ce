"""Handling, following, pushing: what docs/domain.md §2 and §3 ask of these verbs, and what comes of it."""

from collections.abc import Iterator
from typing import Any

from matching.clock import CHINA, Limit
from tests.requests.told_facts import DAY, Facts


class Following(Facts):
    """From then on."""

    # Handling

    def _contact_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if "contacted" in self.flags:
            yield 409

    def _contact_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("contacted")

    def _extend_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        due = self.due.get("in_progress")
        if "extended" in self.flags or due is None or self.at >= due:
            yield 409
        elif not 0 < told["more"] <= 1:
            yield 422

    def _extend_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags |= {"asked", "extended"}
        self.until = self.due["in_progress"] + told["more"] * self.handle_limit

    def _answer_extension_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if "asked" not in self.flags:
            yield 409

    def _answer_extension_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.discard("asked")
        if told["grant"]:
            self.due["in_progress"] = self.until
            self.flags -= {"late", "listed"}

    def _complete_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if "contacted" not in self.flags:
            yield 409

    def _complete_done(self, who: str, told: dict[str, Any]) -> None:
        self.covering = ""
        self.finished = self.at

    # Following

    def _rate_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told["level"] < 3 and not told["reasons"]:
            yield 422
        elif self.level is not None and ("again" in self.flags or self.state == "closed"):
            yield 409

    def _rate_done(self, who: str, told: dict[str, Any]) -> None:
        if self.level is not None:
            self.flags.add("again")
        else:
            self.level, self.rated = told["level"], self.at
        self._judged(told["level"])

    def _rate_again_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        first = self.rated or self.finished
        if told["level"] < 3 and not told["reasons"]:
            yield 422
        elif "again" in self.flags or (first is not None and self.at > first + 30 * DAY):
            yield 409

    def _rate_again_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("again")
        self._judged(told["level"])

    def _judged(self, level: int) -> None:
        self.state = "closed" if level > 2 else "rectifying"
        if level <= 2:
            self.due["rectifying"] = CHINA.due(self.at, Limit.parse("5wd"))

    def _close_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.at < self.since + 7 * DAY:
            yield 409

    def _rectify_done(self, who: str, told: dict[str, Any]) -> None:
        waits = told["outcome"] == "misjudged"
        self.misjudged_by, self.state = who if waits else "", "rectifying" if waits else "closed"

    def _answer_misjudgement_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if not self.misjudged_by:
            yield 409
        elif self.misjudged_by == who:
            yield 403

    def _answer_misjudgement_done(self, who: str, told: dict[str, Any]) -> None:
        self.misjudged_by, self.state = "", "closed" if told["approve"] else "rectifying"

    def _reopen_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.finished is not None and self.at > self.finished + 30 * DAY:
            yield 409

    def _reopen_done(self, who: str, told: dict[str, Any]) -> None:
        self.due["in_progress"] = self.at + self.handle_limit
        self.flags -= {"asked", "extended"}
        self.until = None

    def _withdraw_done(self, who: str, told: dict[str, Any]) -> None:
        self._everybody_is_free()

    def _archive_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.at < self.since + 30 * DAY:
            yield 409

    # Pushing

    def _urge_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        due = self.runs_until
        if who == "system" and ("late" in self.flags or due is None or self.at <= due):
            yield 409
        if who == "patient" and self.urged is not None and self.at < self.urged + DAY:
            yield 429

    def _urge_done(self, who: str, told: dict[str, Any]) -> None:
        if who == "system":
            self.flags.add("late")
        else:
            self.urged = self.at

    def _public_list_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        due = self.runs_until
        if "listed" in self.flags or due is None or self.at < CHINA.due(due, Limit.parse("5wd")):
            yield 409

    def _public_list_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("listed")

    def _supervise_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("ordered")

    def _reply_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if "ordered" not in self.flags:
            yield 409

    def _reply_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.discard("ordered")
