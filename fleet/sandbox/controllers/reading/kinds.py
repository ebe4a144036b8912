"""The kinds that the controllers read and write."""

from __future__ import annotations

from fleet.model.keys import GroupKind

CLAIM = GroupKind("", "PersistentVolumeClaim")
CONFIG_MAP = GroupKind("", "ConfigMap")
ENDPOINTS = GroupKind("", "Endpoints")
NAMESPACE = GroupKind("", "Namespace")
NODE = GroupKind("", "Node")
POD = GroupKind("", "Pod")
REPLICATION_CONTROLLER = GroupKind("", "ReplicationController")
SERVICE = GroupKind("", "Service")
SERVICE_ACCOUNT = GroupKind("", "ServiceAccount")
VOLUME = GroupKind("", "PersistentVolume")

DAEMON_SET = GroupKind("apps", "DaemonSet")
DEPLOYMENT = GroupKind("apps", "Deployment")
REPLICA_SET = GroupKind("apps", "ReplicaSet")
REVISION = GroupKind("apps", "ControllerRevision")
STATEFUL_SET = GroupKind("apps", "StatefulSet")

AUTOSCALER = GroupKind("autoscaling", "HorizontalPodAutoscaler")
BUDGET = GroupKind("policy", "PodDisruptionBudget")
CRON_JOB = GroupKind("batch", "CronJob")
INGRESS = GroupKind("networking.k8s.io", "Ingress")
JOB = GroupKind("batch", "Job")
SLICE = GroupKind("discovery.k8s.io", "EndpointSlice")
STORAGE_CLASS = GroupKind("storage.k8s.io", "StorageClass")
