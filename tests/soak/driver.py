"""Drives the soak's world: accounts change, come and go, root does something, and AWS calls fail."""

import world as start
from world import ANYWHERE, CONTACT, EVENTS, EVERYTHING, MANAGEMENT, SECURITY, STRONG, UNIT

# Findings: type, severity, whose.
FINDINGS = [
    ("Policy:IAMUser/RootCredentialUsage", 2, "Root"),
    ("Policy:IAMUser/ShortTermRootCredentialUsage", 2, "Root"),
    ("Recon:EC2/PortProbeUnprotectedPort", 2, None),
    ("Recon:EC2/Portscan", 5, None),
    ("CryptoCurrency:EC2/BitcoinTool.B!DNS", 8, None),
    ("AttackSequence:IAM/CompromisedCredentials", 9, None),
]
SELECTORS = [EVERYTHING, [EVERYTHING[0] | {"ReadWriteType": "WriteOnly"}], [EVERYTHING[0] | {"IncludeManagementEvents": False}]]
PLAIN = ["deny", "throttle", "hang", "cut_off", "truncate", "garbage", "disabled", "not_utf8", "wrong_types", "future", "repeated_token"]
# Expensive for the machine: each affects a few calls only.
HEAVY = ["huge", "deep", "endless_body", "endless_pages"]


class Driver:
    """Makes random changes, reproducible from a seed."""

    def __init__(self, random, operations, regions):
        self.random, self.operations, self.regions = random, operations, regions
        self.number = 0

    def fresh(self, prefix):
        """A name that was not used before."""
        self.number += 1
        return f"{prefix}{self.number}"

    def some(self, *choices):
        return self.random.choice(choices)

    def change(self, world):
        """A patch of the world."""
        ids = [id for id, it in world["accounts"].items() if it["state"] == "ACTIVE"]
        id = self.random.choice(ids)
        kinds = [self.root] * 3 + [self.iam] * 2 + [self.guardduty] * 3 + [self.cloudtrail] * 2 + [self.organization, self.guest]
        return self.random.choice(kinds)(world, id)

    def root(self, world, id):
        keys = world["accounts"][id]["root"]["keys"]
        first = keys[0] if keys else start.key(int(self.fresh("")), "now")
        devices = [[], [{"kind": "virtual"}], [{"kind": "hardware"}], [{"kind": "passkey"}], [{"kind": "virtual"}, {"kind": "hardware"}]]
        root = self.some(
            {"mfa": self.random.choice(devices)},
            {"password": self.some(None, {"changed": "now", "last_used": self.some(None, "now")})},
            {"certificates": self.some([], [{"active": True, "created": "-10d"}])},
            {"keys": []},
            {"keys": [start.key(int(self.fresh("")), "now")]},
            {"keys": [first | {"status": self.some("Active", "Inactive"), "last_used": self.some(first["last_used"], "now")}]},
            {"keys": [first, start.key(int(self.fresh("")), "now", self.some("Active", "Inactive"))]},
        )
        return of(id, {"root": root})

    def iam(self, world, id):
        users = list(world["accounts"][id]["users"])
        kind = self.some("users", "groups", "roles")
        return of(id, self.some(
            {"users": {self.fresh("user"): {"password": self.some(True, True, False), "mfa": self.some(None, "virtual"), "created": "now"}}},
            {"users": {self.random.choice(users): None}} if users else {},
            {"password_policy": self.some(None, STRONG, {"MinimumPasswordLength": 8})},
            {"administrators": {kind: [f"{kind}{n}" for n in range(self.random.choice([0, 1, 2, 9]))]}},
            {"alternate_contacts": {"SECURITY": self.some(None, CONTACT)}},
        ))

    def guardduty(self, world, id):
        region = self.random.choice(self.regions)
        detector = world["accounts"][id]["detectors"].get(region)
        if detector is None:
            return of(id, {"detectors": {region: {"findings": {}}}})
        kind, severity, user = self.random.choice(FINDINGS)
        # Findings about the same key repeat each other.
        resource = {"access_key_id": f"ASIAROOTSESSION{self.random.randrange(4):05}"} if user else {"resource_type": "Instance"}
        finding = {"type": kind, "severity": severity, "user_type": user, "created": "now"} | resource
        known = list(detector["findings"])
        return of(id, {"detectors": {region: self.some(
            None,
            {"status": self.some("ENABLED", "DISABLED")},
            {"findings": {self.fresh("finding"): finding}},
            {"findings": {self.fresh("finding"): finding}},
            {"findings": {self.random.choice(known): self.some(None, {"archived": True}, {"updated": "now"})}} if known else {},
        )}})

    def cloudtrail(self, world, id):
        own = [name for name in world["accounts"][id]["trails"] if name != "organization"]
        age = {"latest_delivery_age": self.some("4m", "40m", "2d"), "latest_delivery_error": self.some(None, "NoSuchBucket")}
        settings = age | {
            "multi_region": self.some(True, True, False),
            "log_file_validation": self.some(True, False),
            "kms_key_id": self.some(None, f"arn:aws:kms:{self.regions[0]}:{id}:key/3a4e0a5d-8f0e-4a3e-9d6c-0a1b2c3d4e5f"),
            "event_selectors": self.random.choice(SELECTORS),
            "logging": self.some(True, True, False),
        }
        new = {self.fresh("trail-"): settings | {"home_region": self.random.choice(self.regions)}}
        if not own:
            return of(id, {"trails": new})
        return of(id, {"trails": {self.random.choice(own): self.some(None, settings)}}) if self.some(1, 0) else of(
            MANAGEMENT, {"trails": {"organization": age | {"logging": self.some(True, True, False), "log_file_validation": self.some(True, False)}}}
        )

    def organization(self, world, id):
        units = {} if id in (MANAGEMENT, SECURITY) else of(id, {"unit": self.some(None, UNIT)})
        features = self.some([], ["RootCredentialsManagement"], ["RootCredentialsManagement", "RootSessions"])
        targets = self.some([], [UNIT], ["r-exam"], [id])
        return self.some(units, {"organization": {"features": features}}, {"organization": {"policies": {"p-denyroot01": {"targets": targets}}}})

    def guest(self, world, id):
        guests = [id for id in world["accounts"] if id.startswith("2")]
        if len(guests) < self.random.choice([1, 2, 3]):
            number = int(self.fresh(""))
            return of(f"{200000000000 + number}", start.account(number, self.regions))
        guest = self.random.choice(guests)
        # An account that is gone is nobody's target.
        targets = {"organization": {"policies": {"p-denyroot01": {"targets": [UNIT]}}}}
        return targets | of(guest, self.some(None, {"state": self.some("ACTIVE", "SUSPENDED", "CLOSED")}))

    def event(self, world):
        """An action of root: the account, the kind, and the event."""
        ids = [id for id, it in world["accounts"].items() if it["state"] == "ACTIVE"]
        kind = self.random.choice(list(EVENTS))
        event = EVENTS[kind] | {"at": self.some("now", "now", f"-{self.random.randrange(600)}s")}
        if kind in ANYWHERE:
            event["region"] = self.random.choice(self.regions)
        return self.random.choice(ids), kind, event

    def fault(self, world):
        """A fault, and how long it lasts in seconds."""
        service = self.random.choice([None, None] + sorted({it["service"] for it in self.operations}))
        operations = [it["operation"] for it in self.operations if it["service"] == service]
        fault = {
            "kind": self.some(*PLAIN, *HEAVY, "delay", "delay", "error", "error"),
            "account": self.some(None, *world["accounts"]),
            "region": self.some(None, None, *self.regions),
            "service": service,
            "operation": self.random.choice([None, *operations]),
            "probability": self.some(1, 1, 0.5, 0.2),
        }
        if fault["kind"] in HEAVY:
            fault["count"] = 5
        if fault["kind"] == "delay":
            fault["seconds"] = self.random.uniform(1, 90)
        if fault["kind"] == "error":
            fault |= self.some({"status": 500, "code": "InternalFailure"}, {"status": 503, "code": "ServiceUnavailable"})
        return {key: value for key, value in fault.items() if value is not None}, self.random.uniform(60, 3000)


def of(id, change):
    return {"accounts": {id: change}}
