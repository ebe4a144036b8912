"""What a real API server and its controllers say of objects on their way is judged as a person would judge it."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from fleet.health import Look, assess, looks
from fleet.health.rules import BUILTINS
from fleet.hooks import HealthContext
from fleet.hooks.registry import load
from fleet.model.health import Health
from fleet.model.keys import ObjectKey
from tests.controlplane import ControlPlane
from tests.controlplane.waiting import eventually

REGISTRY = load(BUILTINS)
APPS = "/apis/apps/v1/namespaces/default"
CORE = "/api/v1/namespaces/default"
JOBS = "/apis/batch/v1/namespaces/default/jobs"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"
GOOD = "registry.example.com/shop:1"
BAD = "registry.example.com/shop:bad"


def judge(live: Any, related: list[Any] | None = None, **facts: Any) -> Health:
    check = REGISTRY.health_check(ObjectKey.of(live).group_kind)
    others = {ObjectKey.of(body): body for body in related or []}
    return assess(HealthContext(live=live, related=others, now=datetime.now(UTC), **facts), check)


def said(health: Health) -> tuple[str, str]:
    return str(health.state), health.reason


def look(cluster: ControlPlane, path: str) -> Health:
    """Judge an object by what the server says now, with what its check asks to see."""
    live = cluster.kube.get(path).ok()
    wanted = looks(live, REGISTRY.health_check(ObjectKey.of(live).group_kind))
    return judge(live, [body for each in wanted for body in listed(cluster, each)])


def listed(cluster: ControlPlane, wanted: Look) -> list[Any]:
    kind = wanted.kind
    (found,) = (each for each in cluster.kube.discover() if (each.group, each.kind) == (kind.group, kind.kind))
    namespace = f"/namespaces/{wanted.namespace}" if wanted.namespace else ""
    fields = f"metadata.name={wanted.name}" if wanted.name else ""
    place = f"{found.root}{namespace}/{found.plural}"
    items = cluster.kube.list(place, labelSelector=wanted.selector, fieldSelector=fields)
    version = f"{found.group}/{found.version}" if found.group else found.version
    # A list leaves out what is the same of all its items.
    return [{"apiVersion": version, "kind": kind.kind, **item} for item in items]


async def becomes(cluster: ControlPlane, path: str, *expected: str) -> Health:
    """Wait until an object is judged so, and return the whole judgement."""

    def seen() -> Health:
        health = look(cluster, path)
        assert said(health) == expected, health
        return health

    return await eventually(seen)


def pods(image: str, **more: Any) -> dict[str, Any]:
    return {"containers": [{"name": "main", "image": image}], "terminationGracePeriodSeconds": 1, **more}


def workload(kind: str, *, image: str = GOOD, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pods(image)}
    whole = {"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}, "spec": whole}


def with_image(image: str) -> dict[str, Any]:
    return {"spec": {"template": {"spec": pods(image)}}}


async def test_a_deployment_is_progressing_until_its_pods_are_available(real_cluster_with_controllers: ControlPlane) -> None:
    cluster, path = real_cluster_with_controllers, f"{APPS}/deployments/web"

    created = cluster.kube.create(f"{APPS}/deployments", workload("Deployment", replicas=3)).ok()

    assert said(judge(created)) == ("Progressing", "NotObserved")
    health = await becomes(cluster, path, "Healthy", "Available")
    assert health.message == "3 of 3 replicas available, 3 updated"
    changed = cluster.kube.patch(path, {"spec": {"replicas": 5}}).ok()
    assert said(judge(changed)) == ("Progressing", "OldGeneration")
    await becomes(cluster, path, "Healthy", "Available")
    cluster.kube.patch(path, {"spec": {"paused": True}}).ok()
    await becomes(cluster, path, "Suspended", "Paused")


async def test_a_deployment_whose_image_cannot_be_pulled_says_so_and_is_degraded_at_its_deadline(
    real_cluster_with_controllers: ControlPlane,
) -> None:
    cluster, path = real_cluster_with_controllers, f"{APPS}/deployments/web"
    body = workload("Deployment", image=BAD, replicas=1)
    cluster.kube.create(f"{APPS}/deployments", body).ok()

    def explained() -> Health:
        health = look(cluster, path)
        assert "ImagePullBackOff" in health.message
        return health

    assert str((await eventually(explained)).state) == "Progressing"
    cluster.kube.patch(path, {"spec": {"progressDeadlineSeconds": 1}}).ok()
    late = await becomes(cluster, path, "Degraded", "ProgressDeadlineExceeded")
    assert "container main: ImagePullBackOff: Back-off pulling image" in late.message
    cluster.kube.patch(path, with_image(GOOD)).ok()
    await becomes(cluster, path, "Healthy", "Available")


async def test_a_new_template_is_progressing_until_the_old_pods_are_gone(real_cluster_with_controllers: ControlPlane) -> None:
    cluster, path = real_cluster_with_controllers, f"{APPS}/deployments/web"
    cluster.kube.create(f"{APPS}/deployments", workload("Deployment", replicas=2)).ok()
    await becomes(cluster, path, "Healthy", "Available")

    cluster.kube.patch(path, with_image(BAD)).ok()

    def stuck() -> Health:
        health = look(cluster, path)
        assert said(health) == ("Progressing", "LessUpdated")
        assert health.message.startswith("2 of 2 replicas available, 1 updated, 2 of an older template; Pod web-")
        assert "ImagePullBackOff" in health.message
        return health

    await eventually(stuck)


async def test_a_deployment_over_its_quota_says_so(real_cluster_with_controllers: ControlPlane) -> None:
    cluster, path = real_cluster_with_controllers, f"{APPS}/deployments/web"
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": {"hard": {"pods": "0"}}}
    cluster.kube.create(f"{CORE}/resourcequotas", quota).ok()
    await eventually(lambda: "hard" in cluster.kube.get(f"{CORE}/resourcequotas/small").ok()["status"])

    cluster.kube.create(f"{APPS}/deployments", workload("Deployment", replicas=1)).ok()

    def explained() -> Health:
        health = look(cluster, path)
        assert "exceeded quota: small" in health.message
        return health

    assert said(await eventually(explained)) == ("Progressing", "LessReplicas")


async def test_stateful_and_daemon_sets_become_healthy_again_after_a_change(real_cluster_with_controllers: ControlPlane) -> None:
    cluster = real_cluster_with_controllers
    for plural, body in {
        "statefulsets": workload("StatefulSet", replicas=2, serviceName="web"),
        "daemonsets": workload("DaemonSet"),
    }.items():
        body["metadata"]["name"] = plural
        path = f"{APPS}/{plural}/{plural}"

        created = cluster.kube.create(f"{APPS}/{plural}", body).ok()

        assert said(judge(created)) == ("Progressing", "NotObserved")
        await eventually(lambda path=path: str(look(cluster, path).state) == "Healthy")
        changed = cluster.kube.patch(path, with_image("registry.example.com/shop:2")).ok()
        assert said(judge(changed)) == ("Progressing", "OldGeneration")
        await eventually(lambda path=path: str(look(cluster, path).state) == "Healthy")
        images = {pod["spec"]["containers"][0]["image"] for pod in owned_pods(cluster, body["kind"])}
        assert images == {"registry.example.com/shop:2"}


def owned_pods(cluster: ControlPlane, kind: str) -> list[Any]:
    found = cluster.kube.list(f"{CORE}/pods")
    return [pod for pod in found if pod["metadata"]["ownerReferences"][0]["kind"] == kind]


async def test_a_job_is_progressing_until_it_completes_or_fails(real_cluster_with_controllers: ControlPlane) -> None:
    cluster = real_cluster_with_controllers

    def job(name: str, image: str, **spec: Any) -> dict[str, Any]:
        whole = {"backoffLimit": 0, "template": {"spec": pods(image, restartPolicy="Never")}, **spec}
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": whole}

    created = cluster.kube.create(JOBS, job("good", GOOD)).ok()
    cluster.kube.create(JOBS, job("bad", "registry.example.com/failing:1")).ok()
    cluster.kube.create(JOBS, job("later", GOOD, suspend=True)).ok()

    assert said(judge(created)) == ("Progressing", "NotStarted")
    assert (await becomes(cluster, f"{JOBS}/good", "Healthy", "Complete")).message == "1 of 1 succeeded, 0 active, 0 failed"
    await becomes(cluster, f"{JOBS}/bad", "Degraded", "BackoffLimitExceeded")
    await becomes(cluster, f"{JOBS}/later", "Suspended", "Suspended")


async def test_a_pod_by_itself_is_ready_crashing_failed_or_without_a_node(real_cluster_with_controllers: ControlPlane) -> None:
    cluster = real_cluster_with_controllers

    def alone(name: str, image: str, **spec: Any) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": pods(image, **spec)}

    # First, and alone: fifteen seconds after its creation it is Degraded.
    cluster.kube.create(f"{CORE}/pods", alone("nowhere", GOOD, nodeSelector={"disk": "none"})).ok()
    waiting = await becomes(cluster, f"{CORE}/pods/nowhere", "Progressing", "NotScheduled")
    assert waiting.again is not None
    assert 0 < waiting.again <= 15

    for body in (
        alone("ready", GOOD),
        alone("crashing", "registry.example.com/crashing:1"),
        alone("failing", "registry.example.com/failing:1", restartPolicy="Never"),
        alone("broken", BAD),
    ):
        cluster.kube.create(f"{CORE}/pods", body).ok()

    await becomes(cluster, f"{CORE}/pods/ready", "Healthy", "Ready")
    await becomes(cluster, f"{CORE}/pods/crashing", "Degraded", "CrashLoopBackOff")
    await becomes(cluster, f"{CORE}/pods/failing", "Degraded", "Failed")
    broken = await becomes(cluster, f"{CORE}/pods/broken", "Progressing", "ImagePullBackOff")
    assert broken.message.startswith("container main: ImagePullBackOff: Back-off pulling image")


async def test_a_claim_waits_for_its_first_consumer_or_for_a_volume(real_cluster_with_controllers: ControlPlane) -> None:
    cluster, claims = real_cluster_with_controllers, f"{CORE}/persistentvolumeclaims"
    for name, mode in {"late": "WaitForFirstConsumer", "soon": "Immediate"}.items():
        body = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}}
        whole = {**body, "provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": mode}
        cluster.kube.create("/apis/storage.k8s.io/v1/storageclasses", whole).ok()
        room = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": name}
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": room}
        cluster.kube.create(claims, claim).ok()

    await becomes(cluster, f"{claims}/late", "Healthy", "WaitForFirstConsumer")
    await becomes(cluster, f"{claims}/soon", "Progressing", "NotBound")

    place = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/nowhere"}}
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv"}}
    cluster.kube.create("/api/v1/persistentvolumes", {**volume, "spec": {**place, "storageClassName": "soon"}}).ok()
    assert (await becomes(cluster, f"{claims}/soon", "Healthy", "Bound")).message == "bound to pv"
    await becomes(cluster, "/api/v1/persistentvolumes/pv", "Healthy", "Bound")


async def test_a_load_balancer_is_progressing_until_it_has_an_address(real_cluster: ControlPlane) -> None:
    kube, path = real_cluster.kube, f"{CORE}/services/web"
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    kube.create(f"{CORE}/services", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}).ok()

    assert said(look(real_cluster, path)) == ("Progressing", "NoAddress")

    kube.patch(f"{path}/status", {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}}).ok()
    assert said(look(real_cluster, path)) == ("Healthy", "HasAddress")


def definition(plural: str, kind: str, *, subresources: bool = True) -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    if subresources:
        version["subresources"] = {"status": {}}
    spec = {"group": "example.com", "scope": "Namespaced", "names": {"plural": plural, "kind": kind}, "versions": [version]}
    metadata = {"name": f"{plural}.example.com"}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata, "spec": spec}


async def test_a_definition_is_progressing_until_its_kind_is_served(real_cluster: ControlPlane) -> None:
    created = real_cluster.kube.create(DEFINITIONS, definition("widgets", "Widget")).ok()

    assert said(judge(created)) == ("Progressing", "Installing")
    await becomes(real_cluster, f"{DEFINITIONS}/widgets.example.com", "Healthy", "Established")

    real_cluster.kube.create(DEFINITIONS, definition("gadgets", "Widget")).ok()
    taken = await becomes(real_cluster, f"{DEFINITIONS}/gadgets.example.com", "Degraded", "ListKindConflict")
    assert taken.message == 'its names are taken: "WidgetList" is already in use'


async def test_a_custom_object_is_judged_by_what_its_controller_writes(real_cluster: ControlPlane) -> None:
    kube, path = real_cluster.kube, f"{WIDGETS}/it"
    kube.create(DEFINITIONS, definition("widgets", "Widget")).ok()
    await becomes(real_cluster, f"{DEFINITIONS}/widgets.example.com", "Healthy", "Established")
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "it"}, "spec": {"size": 1}}
    created = await eventually(lambda: (answer := kube.create(WIDGETS, widget)).status == 201 and answer.body)

    first = judge(created, last_write=datetime.now(UTC))
    assert said(first) == ("Progressing", "NoStatus")
    assert first.again is not None

    kube.patch(f"{path}/status", {"status": {"conditions": [ready("False", "Creating", 1)], "observedGeneration": 1}}).ok()
    assert said(look(real_cluster, path)) == ("Progressing", "Creating")
    kube.patch(f"{path}/status", {"status": {"conditions": [ready("True", "Created", 1)], "observedGeneration": 1}}).ok()
    assert said(look(real_cluster, path)) == ("Healthy", "Created")

    kube.patch(path, {"spec": {"size": 2}}).ok()
    assert said(look(real_cluster, path)) == ("Progressing", "OldGeneration")
    kube.patch(f"{path}/status", {"status": {"conditions": [ready("False", "ResizeFailed", 2)]}}).ok()
    assert said(look(real_cluster, path)) == ("Degraded", "ResizeFailed")


def ready(status: str, reason: str, generation: int) -> dict[str, Any]:
    since = "2026-11-23T12:00:00Z"
    return {"type": "Ready", "status": status, "reason": reason, "observedGeneration": generation, "lastTransitionTime": since}


async def test_what_is_being_deleted_says_what_it_waits_for(real_cluster_with_controllers: ControlPlane) -> None:
    cluster, path = real_cluster_with_controllers, "/api/v1/namespaces/going"
    cluster.kube.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "going"}}).ok()
    assert said(look(cluster, path)) == ("Healthy", "Active")
    stuck = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "stuck", "finalizers": ["example.com/never"]}}
    cluster.kube.create(f"{path}/configmaps", stuck).ok()

    cluster.kube.delete(path).ok()

    def explained() -> Health:
        health = look(cluster, path)
        assert "configmaps" in health.message
        return health

    health = await eventually(explained)
    assert said(health) == ("Progressing", "Terminating")
    assert health.message.startswith("it is being deleted; it waits for kubernetes: ")
    one = look(cluster, f"{path}/configmaps/stuck")
    assert (*said(one), one.message) == ("Progressing", "Terminating", "it is being deleted; it waits for example.com/never")


async def test_an_object_without_a_status_is_healthy_by_its_metadata_alone(real_cluster: ControlPlane) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it"}, "data": {"a": "b"}}
    real_cluster.kube.create(f"{CORE}/configmaps", body).ok()
    partial = real_cluster.kube.request(
        "GET", f"{CORE}/configmaps/it", accept="application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    ).ok()
    check = REGISTRY.health_check(ObjectKey.of(body).group_kind)

    health = assess(HealthContext(live=partial, now=datetime.now(UTC)), check)

    assert not check.needs_body
    assert said(health) == ("Healthy", "Exists")


async def test_a_webhook_is_healthy_once_its_service_answers(real_cluster: ControlPlane) -> None:
    kube = real_cluster.kube
    hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    bundle = b64encode(b"-----BEGIN CERTIFICATE-----").decode()
    client = {"service": {"namespace": "default", "name": "judge"}, "caBundle": bundle}
    hook = {"name": "judge.example.com", "clientConfig": client, "admissionReviewVersions": ["v1"], "sideEffects": "None"}
    body = {"metadata": {"name": "judge"}, "webhooks": [hook]}
    kube.create(hooks, {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", **body}).ok()
    kube.create(f"{CORE}/services", {"apiVersion": "v1", "kind": "Service", **service("other")}).ok()

    assert said(look(real_cluster, f"{hooks}/judge")) == ("Degraded", "ServiceNotFound")

    kube.create(f"{CORE}/services", {"apiVersion": "v1", "kind": "Service", **service("judge")}).ok()
    assert said(look(real_cluster, f"{hooks}/judge")) == ("Progressing", "NoEndpoints")

    labels = {"kubernetes.io/service-name": "judge"}
    slices = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "judge-x", "labels": labels}}
    ready = {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.7"], "conditions": {"ready": True}}]}
    kube.create("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {**slices, **ready}).ok()
    assert said(look(real_cluster, f"{hooks}/judge")) == ("Healthy", "Registered")


def service(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 443}]}}


async def test_what_controllers_count_for_budgets_and_quotas_is_judged(real_cluster_with_controllers: ControlPlane) -> None:
    cluster = real_cluster_with_controllers
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "it"}, "spec": {"hard": {"configmaps": "1"}}}
    assert said(judge(cluster.kube.create(f"{CORE}/resourcequotas", quota).ok())) == ("Progressing", "NotCounted")
    budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "it"}}
    chosen = {"minAvailable": 1, "selector": {"matchLabels": {"app": "none"}}}
    cluster.kube.create(budgets, {**budget, "spec": chosen}).ok()

    used = await becomes(cluster, f"{CORE}/resourcequotas/it", "Healthy", "UsedUp")
    assert used.message == "nothing is left of configmaps 1 of 1"
    await becomes(cluster, f"{budgets}/it", "Healthy", "NoPods")
