"""On real API servers: Health that can be believed."""

from tests.flows.test_flow_health import (  # noqa: F401
    repository,
    test_a_change_makes_the_health_from_before_no_evidence,
    test_a_fleet_at_rest_asks_its_clusters_nothing,
    test_a_kind_whose_definition_says_that_it_reports_is_waited_for_and_the_definition_read_once,
    test_nothing_is_followed_any_more_once_all_is_healthy,
)
