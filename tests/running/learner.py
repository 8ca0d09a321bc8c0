"""Somebody who redeems keys, reads lessons and takes quizzes, by protocol and by the clock."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import socketio.exceptions

from grouplic.domain.refusals import TooManyAtOnce
from tests.running.school import Course, School
from tests.running.tab import Tab, TurnedAway

_REDEEM = "redeem____redeem_state"
_LESSON = "player____lesson_state"
_QUIZ = "quiz____quiz_state"
_CROWDED = TooManyAtOnce().message
_LOST = (TimeoutError, OSError, socketio.exceptions.SocketIOError)

Done = Callable[[dict[str, Any]], Any]
Step = Callable[[], Awaitable[bool]]


class Learner:
    """Joins one course after the other, and does all there is to do in each.

    ``pause`` says how many seconds lie between two actions, more or less. Who is refused politely
    waits for ``patience`` seconds and tries again.
    """

    def __init__(
        self, school: School, number: int, pause: Callable[[], float], patience: float = 5
    ) -> None:
        self._school, self._number = school, number
        self._pause, self._patience = pause, patience
        self._journal = school.journal
        self._tab = Tab(school.site, "/my-learning", school.learners[number])
        self._questions: list[dict[str, Any]] = []
        self._draw = random.Random(number)

    async def live(self, stop: asyncio.Event) -> None:
        """Go on until told to stop, or until there is no more to learn; note what goes wrong."""
        try:
            await asyncio.sleep(self._draw.random() * self._pause())
            await self._arrive()
            await self._learn(stop)
        except _LOST as lost:
            self._journal.errors.append(f"{type(lost).__name__} {lost}")
        finally:
            with suppress(*_LOST):
                await self._tab.close()

    async def _arrive(self) -> None:
        while True:
            began = time.monotonic()
            try:
                await self._tab.open()
                break
            except TurnedAway:
                self._journal.refused.append(began)
                await asyncio.sleep(self._patience)
        await self._tab.until(lambda page: page.get("who_state", {}).get("ready"))
        self._journal.note("open the site", began)

    async def _learn(self, stop: asyncio.Event) -> None:
        courses = self._school.courses
        for step in range(len(self._school.modules)):
            course = courses[(self._number + step) % len(courses)]
            for action in self._story(course):
                await asyncio.sleep(self._draw.uniform(0.5, 1.5) * self._pause())
                if stop.is_set() or not await action():
                    return

    def _story(self, course: Course) -> Iterator[Step]:
        code, slug = course.codes.pop(), course.module.slug
        yield lambda: self._scan(code)
        yield lambda: self._redeem(course, code)
        for lesson in course.module.lessons:
            yield lambda path=lesson.slug: self._open_lesson(slug, path)  # type: ignore[misc]
            yield self._mark_done
        if course.module.questions:
            yield lambda: self._open_quiz(slug)
            yield self._begin
            for place in range(len(course.module.questions)):
                yield lambda place=place: self._answer(place)  # type: ignore[misc]
            yield self._submit

    async def _scan(self, code: str) -> bool:
        path = f"/redeem?key={code}"
        return await self._timed(
            "look at a key",
            _REDEEM,
            lambda: self._tab.turn_to(path),
            lambda shown: shown.get("key"),
        )

    async def _redeem(self, course: Course, code: str) -> bool:
        done = await self._do("redeem it", _REDEEM, "redeem", self._sent_on)
        if done:
            self._journal.redeemed.add(code)
            course.has_joined(self._journal)
        return done

    async def _open_lesson(self, module: str, lesson: str) -> bool:
        def done(shown: dict[str, Any]) -> bool:
            return bool(shown.get("loaded")) and shown.get("study") == f"{module}/{lesson}"

        path = f"/learn/{module}/{lesson}"
        return await self._timed(
            "open a lesson",
            _LESSON,
            lambda: self._tab.turn_to(path, module=module, lesson=lesson),
            done,
        )

    async def _mark_done(self) -> bool:
        return await self._do("mark it done", _LESSON, "complete", self._sent_on)

    async def _open_quiz(self, module: str) -> bool:
        return await self._timed(
            "open a quiz",
            _QUIZ,
            lambda: self._tab.turn_to(f"/learn/{module}/quiz", module=module),
            lambda shown: shown.get("loaded"),
        )

    async def _begin(self) -> bool:
        done = await self._do("begin it", _QUIZ, "begin", lambda shown: shown.get("questions"))
        self._questions = self._tab.vars["quiz_state"].get("questions", [])
        return done

    async def _answer(self, place: int) -> bool:
        question = self._questions[place]
        named = {"question": question["id"]}
        options = [option["id"] for option in question["options"]]
        handler, given = {
            "single": ("pick", {"option": options[:1] and options[0]}),
            "multiple": ("tick", {"option": options[:1] and options[0], "chosen": True}),
            "true_false": ("say", {"truth": True}),
        }.get(question["kind"], ("write", {"text": "7"}))
        return await self._do(
            "answer a question",
            _QUIZ,
            handler,
            lambda shown: shown.get("progress"),
            **named,
            **given,
        )

    async def _submit(self) -> bool:
        return await self._do("submit it", _QUIZ, "submit", lambda shown: shown.get("score"))

    def _sent_on(self, _shown: dict[str, Any]) -> list[str]:
        return self._tab.redirects

    async def _do(self, what: str, state: str, handler: str, done: Done, **payload: Any) -> bool:
        return await self._timed(
            what, state, lambda: self._tab.do(f"{state}.{handler}", **payload), done
        )

    async def _timed(
        self, what: str, state: str, send: Callable[[], Awaitable[None]], done: Done
    ) -> bool:
        shown = self._tab.vars.setdefault(state.rsplit("____", 1)[-1], {})
        while True:
            shown.clear()
            self._tab.redirects.clear()
            began = time.monotonic()
            await send()
            await self._tab.until(lambda _: done(shown) or shown.get("refusal") or self._failed)
            if shown.get("refusal") != _CROWDED:
                break
            self._journal.refused.append(began)
            await asyncio.sleep(self._patience)
        self._journal.note(what, began)
        if problem := shown.get("refusal") or self._failed:
            self._journal.errors.append(f"{what}: {problem}")
            return False
        return True

    @property
    def _failed(self) -> str:
        return next((path for path in self._tab.redirects if path.startswith("/error")), "")
