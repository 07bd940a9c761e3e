"""The steward: observe, admit, decide, plan, apply, for each pull request that changes a contract.

Events are hints; what is true is read again each time. `decide` and `plan` are pure, so that a simulation, the audit
record and the tests see the same list of actions that is carried out.
"""
