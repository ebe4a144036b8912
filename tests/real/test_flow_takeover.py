"""On real API servers: What kubectl, Helm, Argo CD and Flux left in a cluster is taken over, and no Pod notices."""

from tests.flows.test_flow_takeover import *
