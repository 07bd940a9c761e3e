"""Which GitHub user a Slack user is: linked once, by signing in with GitHub from a link that only they were given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.store.engine import upsert
from bot.store.tables import slack_link


@dataclass(frozen=True, slots=True)
class SlackUser:
    """A user id, which is one only together with its workspace."""

    team: str
    user: str


def link(connection: Connection, who: SlackUser, user_id: int, login: str, now: datetime) -> None:
    """Keep who somebody is; a later word replaces an earlier one."""
    values = {"user_id": user_id, "login": login, "linked_at": now}
    row = upsert(connection, slack_link).values(team=who.team, slack_user=who.user, **values)
    keys = [slack_link.c.team, slack_link.c.slack_user]
    connection.execute(row.on_conflict_do_update(index_elements=keys, set_=values))


def find(connection: Connection, who: SlackUser) -> tuple[int, str] | None:
    """Give the GitHub user id and login of a Slack user, or `None`."""
    query = select(slack_link.c.user_id, slack_link.c.login)
    row = connection.execute(
        query.where(slack_link.c.team == who.team, slack_link.c.slack_user == who.user)
    ).one_or_none()
    return None if row is None else (row.user_id, row.login)


def forget(connection: Connection, user_id: int) -> int:
    """Delete a person's links; how many."""
    return connection.execute(delete(slack_link).where(slack_link.c.user_id == user_id)).rowcount
