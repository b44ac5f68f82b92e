"""Plan of building a cloud: every step, in an order."""

from kafkastack.microstack.step import Plan, plan_of
from kafkastack.microstack.steps import base, infrastructure, network, openstack


def bootstrap_plan() -> Plan:
    """Return the steps from nothing to a cloud that is ready."""
    return plan_of([*base.steps(), *infrastructure.steps(), *network.steps(), *openstack.steps()])
