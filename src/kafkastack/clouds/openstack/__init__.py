"""The openstack cloud: machines are instances of any OpenStack of clouds.yaml, over SSH.

Import from its modules: who only asks which clouds there are does not pay for making machines.
"""
