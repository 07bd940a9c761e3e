"""A stateful double of Slack's Web API, over HTTP; its faults follow rules."""

from tests.fakes.slack.double import Fault, Post, SlackDouble

__all__ = ["Fault", "Post", "SlackDouble"]
