"""Dispatching, waiting, taking, finding people: what docs/domain.md §2 and §3 ask of them, and what comes of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from matching.clock import CHINA, Limit
from matching.requests.claims import ClaimerKind
from tests.requests.told_facts import HOMES, Facts


class Taking(Facts):
    """Until somebody has it."""

    # Dispatching

    def _dispatch_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.returns >= 2:
            yield 409

    def _final_ruling_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.returns < 2:
            yield 409

    def _dispatch_done(self, who: str, told: dict[str, Any]) -> None:
        self.unit, self.slots, self.dispatched = told["unit"], told.get("slots", self.slots), self.at
        self.due |= {"dispatched": self.at + self.claim_limit, "in_progress": self.at + self.handle_limit}

    def _final_ruling_done(self, who: str, told: dict[str, Any]) -> None:
        self._dispatch_done(who, told)
        self.flags.add("ruled")

    def _transfer_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told["unit"] == self.unit:
            yield 422

    def _transfer_done(self, who: str, told: dict[str, Any]) -> None:
        self.unit = told["unit"]
        self._everybody_is_free()

    def _sign_for_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if "signed" in self.flags:
            yield 409

    def _sign_for_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("signed")

    def _return_order_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        late = self.dispatched is not None and self.at > CHINA.due(self.dispatched, Limit.parse("1wd"))
        if late or self.returns >= 2 or "ruled" in self.flags:
            yield 409

    def _return_order_done(self, who: str, told: dict[str, Any]) -> None:
        self.unit, self.returns = "ZB1", self.returns + 1
        self.due["accepted"] = self.at + self.dispatch_limit
        self._everybody_is_free()

    # Waiting

    def _ask_info_done(self, who: str, told: dict[str, Any]) -> None:
        self.paused = self.at

    def _supplement_done(self, who: str, told: dict[str, Any]) -> None:
        self.due["submitted"] = self.due["accepted"] = self._after_the_pause(self.due["submitted"])

    def _park_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told["days"] == 0:
            yield 422

    def _park_done(self, who: str, told: dict[str, Any]) -> None:
        self.paused = self.at

    def _resume_done(self, who: str, told: dict[str, Any]) -> None:
        self.due["in_progress"] = self._after_the_pause(self.due["in_progress"])
        self.until = self._after_the_pause(self.until)

    def _after_the_pause(self, due: datetime | None) -> datetime | None:
        assert self.paused is not None
        return due + (self.at - self.paused) if due is not None and due > self.paused else due

    # Taking

    def _free(self) -> list[int]:
        return [slot for slot in range(1, self.slots + 1) if slot not in {taken for _login, taken in self.held}]

    def _team(self, who: str, told: dict[str, Any]) -> list[str]:
        return [who, *([told["with"]] if told.get("with", who) != who else [])]

    def _claim_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        team = self._team(who, told)
        if told.get("kind") is ClaimerKind.group and (len(team) < 2 or {HOMES[one] for one in team} != {self.unit}):
            yield 422
        elif set(team) & {login for login, _slot in self.held} or not self._free():
            yield 409

    def _claim_done(self, who: str, told: dict[str, Any]) -> None:
        free, team = self._free(), self._team(who, told)
        if told.get("kind") is ClaimerKind.unit:
            self.units.add(who)
            self._take([(who, slot) for slot in free])
        else:
            self._take(list(zip(team, [*free, None, None], strict=False)))
            if team[1:]:
                self.groups[who] = {*team[1:]}

    def _assign_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if HOMES[told["person"]] != self.unit:
            yield 422
        elif told["person"] in {login for login, _slot in self.held} or not self._free():
            yield 409

    def _assign_done(self, who: str, told: dict[str, Any]) -> None:
        self.assigned.add(told["person"])
        self._take([(told["person"], self._free()[0])])

    def _take(self, held: list[tuple[str, int | None]]) -> None:
        self.held |= set(held)
        self.taken |= dict.fromkeys((login for login, _slot in held), self.at)
        if not self._free():
            self.state = "in_progress"

    def _decline_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if who not in self.assigned:
            yield 409

    def _decline_done(self, who: str, told: dict[str, Any]) -> None:
        self._let_go(who)

    def _release_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told.get("person", who) not in {login for login, _slot in self.held}:
            yield 409

    def _release_done(self, who: str, told: dict[str, Any]) -> None:
        self._let_go(told.get("person", who))

    def _let_go(self, who: str) -> None:
        """Who came along with a group's lead goes with them; who helps, with the last who has a slot."""
        slots = {slot for login, slot in self.held if login == who}
        along = self.groups.pop(who, set())
        self.held = {(login, slot) for login, slot in self.held if login != who}
        if not any(slot for _login, slot in self.held):
            self.held = set()
        self.held = {(login, slot) for login, slot in self.held if slot or login not in along}
        for others in self.groups.values():
            others.discard(who)
        self.assigned.discard(who)
        self.units.discard(who)
        self.covering = "" if self.covering == who else self.covering
        if slots != {None}:
            self.state = "dispatched"

    # Finding people

    def _move_up_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told["person_id"] in {login for login, _slot in self.held} or not self._free():
            yield 409

    def _move_up_done(self, who: str, told: dict[str, Any]) -> None:
        self._take([(told["person_id"], self._free()[0])])

    def _hand_back_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told["why"] == "not_contacted" and ("contacted" in self.flags or self.state != "in_progress"):
            yield 409

    def _hand_back_done(self, who: str, told: dict[str, Any]) -> None:
        if told["why"] == "not_contacted":
            self.state = "dispatched"
            self._nobody_has_it()
        elif told["purpose"] == "cover":
            self.covering = ""

    def _seek_cover_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        mine = [slot for login, slot in self.held if login == who]
        if self.covering or None in mine or who in self.units:
            yield 409

    def _seek_cover_done(self, who: str, told: dict[str, Any]) -> None:
        self.covering = who

    def _cover_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if who in {login for login, _slot in self.held} or self.covering != told["leaver_id"]:
            yield 409

    def _cover_done(self, who: str, told: dict[str, Any]) -> None:
        leaver, self.covering = self.covering, ""
        self.held = {(who if login == leaver else login, slot) for login, slot in self.held}
        self.groups.pop(leaver, None)
        self.assigned.discard(leaver)
        self.taken[who] = self.at
        self.flags -= {"nudged", "offered"}

    def _nudge_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        taken = max((self.taken[login] for login, slot in self.held if slot), default=self.at)
        due = self.due.get("in_progress") or taken
        half = taken + (due - taken if due > taken else self.handle_limit) / 2
        if self.flags & {"contacted", "nudged"} or self.at < half:
            yield 409

    def _nudge_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("nudged")

    def _offer_helper_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.flags & {"contacted", "offered"} or "nudged" not in self.flags:
            yield 409

    def _offer_helper_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("offered")

    def _help_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if who in {login for login, _slot in self.held}:
            yield 409

    def _help_done(self, who: str, told: dict[str, Any]) -> None:
        self.held.add((who, None))

    def _start_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if not self.held:
            yield 409
