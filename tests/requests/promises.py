"""What every verb promises alike. Each verb's test file says how it is reached, and gets these tests."""

import pytest

from matching.errors import NotAllowed, NotSeen, Stale, WrongState
from matching.requests.states import State
from tests.requests.scene import ACTS, Story, refused


class Promises:
    """To be subclassed once a verb, as `TestPromises`."""

    act: str  # of scene.ACTS
    way: tuple[str, ...] = ()  # the acts before it
    wrong: tuple[str, ...]  # acts to a state that does not admit it
    wrong_by: str = ""  # who tries there, where the usual person would not even see it
    enters: State
    twice: str = ""  # the code of the refusal; empty where doing it again is right
    service: str = "wheelchair"
    may_not: tuple[str, ...] = ()  # see it (besides the auditor) and may not

    @property
    def verb(self) -> str:
        return self.act.split()[0]

    async def test_it_leads_where_it_should_and_leaves_one_step(self, story: Story) -> None:
        await (await story.begin(self.service)).go(*self.way)
        before = await story.steps()
        answered = await story.do(self.act)
        steps, now = await story.steps(), await story.now()
        assert now.state == answered.state == self.enters
        assert [step.hash for step in steps[:-1]] == [step.hash for step in before]
        made, by = steps[-1], story.who(ACTS[self.act].by)
        assert (made.verb, made.from_state, made.to_state) == (self.verb, before[-1].to_state, self.enters)
        assert (made.by_kind, made.by_id, made.at) == (by.kind, by.id, story.at)
        assert made.hash == made.chained(before[-1].hash) == now.last_hash
        assert now.unit.id == now.unit_id == answered.unit.id

    async def test_in_another_state_it_is_refused_and_nothing_changes(self, story: Story) -> None:
        await (await story.begin("escort" if "second" in self.wrong else self.service)).go(
            *(act for act in self.wrong if act != "second")
        )
        before = await story.now()
        with pytest.raises(WrongState) as error:
            await story.do(self.act, by=self.wrong_by)
        assert (error.value.status, error.value.code) == (409, "wrong_state")
        assert (await story.now()).model_dump() == before.model_dump()
        assert len(await story.steps()) == before.last_seq

    async def test_who_does_not_see_it_is_told_that_nothing_is_there(self, story: Story) -> None:
        await (await story.begin(self.service)).go(*self.way)
        for who in ("sun", "stranger", "root"):  # another branch, another's code, the machine room
            with pytest.raises(NotSeen):
                await story.do(self.act, by=who)
        story.number = f"{story.at:%y%m}31-{story.id:05}"  # the right row under a wrong day
        with pytest.raises(NotSeen):
            await story.do(self.act)

    async def test_who_sees_it_and_may_not_is_told_so(self, story: Story) -> None:
        await (await story.begin(self.service)).go(*self.way)
        before = await story.now()
        for who in ("audit", *self.may_not):
            with pytest.raises(NotAllowed) as error:
                await story.do(self.act, by=who)
            assert error.value.status == 403
        assert (await story.now()).model_dump() == before.model_dump()

    async def test_the_second_time_it_is_refused_or_done_once_more(self, story: Story) -> None:
        await (await story.begin(self.service)).go(*self.way, self.act)
        before = await story.now()
        if self.twice:
            with refused(self.twice):
                await story.do(self.act)
            assert (await story.now()).model_dump() == before.model_dump()
            assert len(await story.steps()) == before.last_seq
        else:
            assert (await story.do(self.act)).last_seq == before.last_seq + 1

    async def test_who_saw_an_older_version_is_told_so(self, story: Story) -> None:
        if ACTS[self.act].by == "system":
            return  # a job always sees the newest
        await (await story.begin(self.service)).go(*self.way)
        before = await story.now()
        with pytest.raises(Stale) as error:
            await story.do(self.act, if_version=before.version + 1)
        assert error.value.status == 412
        assert (await story.do(self.act, if_version=before.version)).version > before.version
