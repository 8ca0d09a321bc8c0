"""What a leader can set for a group: its name."""

import reflex as rx

from grouplic.services import group_settings
from grouplic.services.shop import LONGEST_GROUP_NAME
from grouplic.ui import parts, seam
from grouplic.ui.leading import led
from grouplic.ui.live import watch
from grouplic.ui.pages.group_page import group_page
from grouplic.ui.returning import has_returned

el = rx.el


class SettingsState(seam.Refusable, rx.State):
    """The settings of the group on this page."""

    group_id: str = ""
    name: str = ""
    outcome: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Check the right, watch the group, and read its name."""
        if not await has_returned(self):
            self.outcome = ""  # what was done before is no news
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Read it again, since it may have changed."""
        await self._read()

    async def _read(self):
        group_id = str(self.group)
        self.loaded = False
        group = await led(self, group_id)
        self.group_id, self.name = group_id, group.name
        watch(self, f"group:{group.id}", on=SettingsState.refresh)
        self.loaded = True

    @rx.event
    @seam.shows_refusals
    async def rename(self, form: dict):
        """Give the group another name."""
        group_id, name, self.outcome = str(self.group), str(form.get("group_name", "")), ""
        self.name = await seam.act(
            self,
            lambda session, actor, now: group_settings.rename_group(
                session, group_id, name, actor, now
            ),
        )
        self.outcome = "Saved. Every open page shows the new name."


def settings_page() -> rx.Component:
    """The page."""
    path = "/my-teaching/" + SettingsState.group_id
    return group_page(
        SettingsState,
        "Group settings",
        el.form(
            parts.field(
                "Name of the group",
                "group_name",
                "Learners and leaders see it. Mails and orders from before keep the old name.",
                required=True,
                max_length=LONGEST_GROUP_NAME,
                default_value=SettingsState.name,
                key="name-" + SettingsState.name,
            ),
            el.div(el.button("Save", type="submit", class_name="btn primary")),
            el.div(
                rx.cond(SettingsState.outcome != "", parts.notice("good", SettingsState.outcome)),
                role="status",
            ),
            el.p(
                "Roles are given on the page ",
                el.a("Leaders", href=path + "/leaders"),
                ".",
                class_name="hint",
            ),
            on_submit=SettingsState.rename,
            class_name="card stack",
        ),
        name=SettingsState.name,
        lines=3,
        narrow=True,
    )
