"""On real API servers: A repository in the layout of Flux's documentation installs as it is."""

from tests.flows.test_flow_flux import *
