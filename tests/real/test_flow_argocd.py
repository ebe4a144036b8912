"""On real API servers: the example of Argo CD installs as it is."""

from tests.flows.test_flow_argocd import repository, test_the_example_of_argo_cd_installs_as_it_is

__all__ = ["repository", "test_the_example_of_argo_cd_installs_as_it_is"]
