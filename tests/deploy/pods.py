"""The restricted Pod Security Standard: every control of it, over a pod's specification."""

import copy

CAPABILITIES = {"NET_BIND_SERVICE"}
SELINUX = {None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
}
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def containers(pod):
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        yield from pod.get(kind, [])


def contexts(pod):
    """The security contexts of the pod and of each container."""
    return [it.get("securityContext", {}) for it in (pod, *containers(pod))]


def effective(pod, key):
    """What each container has, of its own or from the pod."""
    ours = pod.get("securityContext", {}).get(key)
    return [it.get("securityContext", {}).get(key, ours) for it in containers(pod)]


def handlers(pod):
    for container in containers(pod):
        yield from (container[name] for name in PROBES if name in container)
        yield from container.get("lifecycle", {}).values()


CONTROLS = {
    "host process": lambda pod: not any(it.get("windowsOptions", {}).get("hostProcess") for it in contexts(pod)),
    "host namespaces": lambda pod: not any(pod.get(it) for it in ("hostNetwork", "hostPID", "hostIPC")),
    "privileged": lambda pod: not any(it.get("privileged") for it in contexts(pod)),
    "capabilities": lambda pod: all(
        "ALL" in it.get("drop", []) and set(it.get("add", [])) <= CAPABILITIES
        for it in (it.get("securityContext", {}).get("capabilities", {}) for it in containers(pod))
    ),
    "volume types": lambda pod: all(set(it) - {"name"} <= VOLUMES for it in pod.get("volumes", [])),
    "host ports": lambda pod: not any(port.get("hostPort") for it in containers(pod) for port in it.get("ports", [])),
    "host probes": lambda pod: not any(
        it.get(kind, {}).get("host") for it in handlers(pod) for kind in ("httpGet", "tcpSocket")
    ),
    "AppArmor": lambda pod: all(
        it.get("appArmorProfile", {}).get("type", "RuntimeDefault") != "Unconfined" for it in contexts(pod)
    ),
    "SELinux": lambda pod: all(
        options.get("type") in SELINUX and not options.get("user") and not options.get("role")
        for options in (it.get("seLinuxOptions", {}) for it in contexts(pod))
    ),
    "proc mount": lambda pod: all(it.get("procMount", "Default") == "Default" for it in contexts(pod)),
    "sysctls": lambda pod: all(it["name"] in SYSCTLS for it in pod.get("securityContext", {}).get("sysctls", [])),
    "privilege escalation": lambda pod: all(
        it.get("securityContext", {}).get("allowPrivilegeEscalation") is False for it in containers(pod)
    ),
    "running as non-root": lambda pod: all(it is True for it in effective(pod, "runAsNonRoot")),
    "running as non-root user": lambda pod: not any(it.get("runAsUser") == 0 for it in contexts(pod)),
    "seccomp": lambda pod: all(
        (it or {}).get("type") in ("RuntimeDefault", "Localhost") for it in effective(pod, "seccompProfile")
    ),
}
# Beyond the standard.
CONTROLS |= {
    "read-only root": lambda pod: all(
        it.get("securityContext", {}).get("readOnlyRootFilesystem") is True for it in containers(pod)
    ),
    "no token of Kubernetes": lambda pod: pod.get("automountServiceAccountToken") is False,
}

# What each control must find: a change of the pod, and of its first container.
VIOLATIONS = [
    ("host process", {"securityContext": {"windowsOptions": {"hostProcess": True}}}, {}),
    ("host process", {}, {"securityContext": {"windowsOptions": {"hostProcess": True}}}),
    ("host namespaces", {"hostNetwork": True}, {}),
    ("host namespaces", {"hostPID": True}, {}),
    ("host namespaces", {"hostIPC": True}, {}),
    ("privileged", {}, {"securityContext": {"privileged": True}}),
    ("capabilities", {}, {"securityContext": {"capabilities": {"drop": ["NET_RAW"]}}}),
    ("capabilities", {}, {"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE", "SYS_TIME"]}}}),
    ("volume types", {"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}, {}),
    ("volume types", {"volumes": [{"name": "nfs", "nfs": {"server": "host", "path": "/"}}]}, {}),
    ("host ports", {}, {"ports": [{"containerPort": 1, "hostPort": 1}]}),
    ("host probes", {}, {"readinessProbe": {"httpGet": {"host": "example.com"}}}),
    ("host probes", {}, {"lifecycle": {"preStop": {"tcpSocket": {"host": "example.com"}}}}),
    ("AppArmor", {"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}, {}),
    ("SELinux", {"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}, {}),
    ("SELinux", {}, {"securityContext": {"seLinuxOptions": {"user": "system_u"}}}),
    ("proc mount", {}, {"securityContext": {"procMount": "Unmasked"}}),
    ("sysctls", {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}, {}),
    ("privilege escalation", {}, {"securityContext": {"allowPrivilegeEscalation": True}}),
    ("privilege escalation", {}, {"securityContext": {"allowPrivilegeEscalation": None}}),
    ("running as non-root", {"securityContext": {"runAsNonRoot": None}}, {}),
    ("running as non-root", {}, {"securityContext": {"runAsNonRoot": False}}),
    ("running as non-root user", {"securityContext": {"runAsUser": 0}}, {}),
    ("running as non-root user", {}, {"securityContext": {"runAsUser": 0}}),
    ("seccomp", {"securityContext": {"seccompProfile": None}}, {}),
    ("seccomp", {}, {"securityContext": {"seccompProfile": {"type": "Unconfined"}}}),
    ("read-only root", {}, {"securityContext": {"readOnlyRootFilesystem": False}}),
    ("no token of Kubernetes", {"automountServiceAccountToken": True}, {}),
]


def violations(pod):
    """The controls that the pod does not meet."""
    return [name for name, met in CONTROLS.items() if not met(pod)]


def changed(value, change):
    """Maps are merged, lists go before the list, None takes away."""
    if isinstance(value, dict) and isinstance(change, dict):
        merged = {**value, **{key: changed(value.get(key), it) for key, it in change.items()}}
        return {key: it for key, it in merged.items() if it is not None}
    if isinstance(value, list) and isinstance(change, list) and value and isinstance(value[0], dict):
        return change + value
    return copy.deepcopy(change)


def unseen(pod):
    """The violations that are not found, or found as others, when a pod without any is changed."""
    for control, of_pod, of_container in VIOLATIONS:
        bad = changed(pod, of_pod)
        bad["containers"] = [changed(pod["containers"][0], of_container), *pod["containers"][1:]]
        if violations(bad) != [control]:
            yield f"{control}: {of_pod or of_container} is seen as {violations(bad)}"
    for name in CONTROLS.keys() - {control for control, _, _ in VIOLATIONS}:
        yield f"{name}: no violation tests it"
