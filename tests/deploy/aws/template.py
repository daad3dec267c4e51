"""CloudFormation, as far as the templates go: a template with parameters becomes resources."""

import json
import re

import yaml

ACCOUNT, REGION = "111122223333", "eu-west-1"
SUFFIXES = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}


class Refused(Exception):
    """CloudFormation would not take it."""


class Loader(yaml.SafeLoader):
    """YAML with the short forms of functions."""


def function(loader, name, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


Loader.add_multi_constructor("!", function)


class Stack:
    """A template with values for its parameters, in an account."""

    def __init__(self, text, parameters, account=ACCOUNT, partition="aws"):
        self.template = yaml.load(text, Loader)
        self.values = {
            "AWS::AccountId": account,
            "AWS::Partition": partition,
            "AWS::Region": REGION,
            "AWS::URLSuffix": SUFFIXES[partition],
        }
        declared = self.template["Parameters"]
        if unknown := parameters.keys() - declared.keys():
            raise Refused(f"no parameter {sorted(unknown)}")
        for name, it in declared.items():
            value = parameters.get(name, it.get("Default"))
            allowed, pattern = it.get("AllowedValues"), it.get("AllowedPattern", "")
            if value is None or (allowed and value not in allowed) or not re.search(pattern, value):
                raise Refused(f"{name}: {value!r}")
            self.values[name] = value
        for rule in self.template.get("Rules", {}).values():
            if self.resolve(rule["RuleCondition"]):
                for it in rule["Assertions"]:
                    if not self.resolve(it["Assert"]):
                        raise Refused(it["AssertDescription"])

    def holds(self, condition):
        return self.resolve(self.template["Conditions"][condition])

    def resources(self):
        """Those of which the condition holds: type and properties by name."""
        there = {name: it for name, it in self.template["Resources"].items() if "Condition" not in it or self.holds(it["Condition"])}
        return {name: (it["Type"], self.resolve(it["Properties"])) for name, it in there.items()}

    def outputs(self):
        there = {name: it for name, it in self.template["Outputs"].items() if "Condition" not in it or self.holds(it["Condition"])}
        return {name: self.resolve(it["Value"]) for name, it in there.items()}

    def resolve(self, value):
        """The value with its functions called; `...` where there is none."""
        if isinstance(value, list):
            return [it for it in map(self.resolve, value) if it is not ...]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return getattr(self, name.replace("Fn::", "").lower())(argument)
        resolved = {key: self.resolve(it) for key, it in value.items()}
        return {key: it for key, it in resolved.items() if it is not ...}

    def ref(self, name):
        if name == "AWS::NoValue":
            return ...
        if name in self.values:
            return self.values[name]
        kind, properties = self.template["Resources"][name]["Type"], self.template["Resources"][name]["Properties"]
        return self.resolve(properties[{"AWS::IAM::Role": "RoleName", "AWS::IAM::InstanceProfile": "InstanceProfileName"}[kind]])

    def getatt(self, argument):
        name, attribute = argument
        assert attribute == "Arn", argument
        return f"arn:{self.values['AWS::Partition']}:iam::{self.values['AWS::AccountId']}:role/{self.ref(name)}"

    def sub(self, argument):
        text, more = argument if isinstance(argument, list) else (argument, {})
        more = self.resolve(more)
        return re.sub(r"\$\{(!?)([^}]+)}", lambda it: "${" + it[2] + "}" if it[1] else more.get(it[2]) or self.ref(it[2]), text)

    def split(self, argument):
        return self.resolve(argument[1]).split(argument[0])

    def select(self, argument):
        return self.resolve(argument[1])[int(argument[0])]

    def equals(self, argument):
        left, right = self.resolve(argument)
        return left == right

    def not_(self, argument):
        return not self.resolve(argument[0])

    def if_(self, argument):
        return self.resolve(argument[1] if self.holds(argument[0]) else argument[2])


# Words that Python keeps for itself.
setattr(Stack, "not", Stack.not_)
setattr(Stack, "if", Stack.if_)


def role_of(resources):
    """Of the one role: its name, its trust policy, and its inline policies by name."""
    (properties,) = [properties for kind, properties in resources.values() if kind == "AWS::IAM::Role"]
    trust = properties["AssumeRolePolicyDocument"]
    policies = {it["PolicyName"]: it["PolicyDocument"] for it in properties["Policies"]}
    return properties["RoleName"], json.loads(trust) if isinstance(trust, str) else trust, policies
