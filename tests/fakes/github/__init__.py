"""A GitHub in memory, served over real HTTP, with its webhooks and its faults.

    with GitHubDouble(webhook_url=...) as github:
        contracts = github.repository("hospital/contracts", private=True)
        contracts.commit("main", {"schemas/patient.json": "{}"})
        contracts.branch("more")
        contracts.commit("more", {"schemas/patient.json": '{"type": "object"}'})
        pull = contracts.open_pull("More", head="more")

Installation tokens see the repositories of their installation and nothing else, public or not.
"""

from __future__ import annotations

from tests.fakes.github.double import GitHubDouble
from tests.fakes.github.faults import Fault
from tests.fakes.github.people import Pull, Repository
from tests.fakes.github.server import Seen
from tests.fakes.github.webhooks import Delivery

__all__ = ["Delivery", "Fault", "GitHubDouble", "Pull", "Repository", "Seen"]
