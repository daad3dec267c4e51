"""Terraform, as far as the modules go: a module with variables becomes resources. Terraform itself is not at hand, nor are the
providers' schemas: the syntax is python-hcl2's, the arguments are those of the providers' documentation that are used here, and
what the expressions come to is found out by the few functions below."""

import json
import re

import hcl2

# Arguments by type: those that have to be there, and those that may.
ARGUMENTS = {
    "aws_iam_role": ("assume_role_policy", "name description"),
    "aws_iam_role_policy": ("role policy", "name"),
    "aws_iam_instance_profile": ("", "name role"),
    "aws_eks_pod_identity_association": ("cluster_name namespace service_account role_arn", "disable_session_tags"),
    "aws_cloudformation_stack_set": ("name", "description template_body permission_model call_as capabilities parameters auto_deployment"),
    "aws_cloudformation_stack_set_instance": ("stack_set_name", "stack_set_instance_region call_as deployment_targets"),
}
NOTES = {"__is_block__", "__comments__"}
META = {"count", "for_each", "lifecycle"} | NOTES
FIELDS = {"aws_iam_role": {"arn", "name"}, "aws_iam_instance_profile": {"name"}, "aws_cloudformation_stack_set": {"name"}}


class Refused(Exception):
    """Terraform would not take it."""


def unquoted(key):
    return key.strip('"')


class Module:
    """A folder of .tf files."""

    def __init__(self, folder):
        self.folder = folder
        blocks = {}
        for path in sorted(folder.glob("*.tf")):
            try:
                parsed = hcl2.loads(path.read_text())
            except Exception as error:  # of lark, whose kinds are many
                raise Refused(f"{path.name}: {str(error).splitlines()[0]}") from error
            for kind, found in parsed.items():
                blocks.setdefault(kind, []).extend(found)
        named = lambda kind: {unquoted(name): body for it in blocks.get(kind, []) for name, body in it.items() if name not in NOTES}
        self.variables, self.outputs = named("variable"), named("output")
        self.locals = {name: it for block in blocks.get("locals", []) for name, it in block.items() if name not in NOTES}
        self.resources = {(unquoted(kind), unquoted(name)): body for it in blocks["resource"] for kind, of in it.items() for name, body in of.items()}
        self.structure()

    def structure(self):
        """What is declared is used, what is used is declared, and arguments are those that there are."""
        text = "".join(path.read_text() for path in self.folder.glob("*.tf"))
        used = set(re.findall(r"\bvar\.(\w+)", text))
        if used != self.variables.keys():
            raise Refused(f"variables declared or used only: {sorted(used ^ self.variables.keys())}")
        for name, it in self.variables.items():
            if not {"description", "type"} <= it.keys():
                raise Refused(f"variable {name} lacks description or type")
        for (kind, name), body in self.resources.items():
            must, may = (set(it.split()) for it in ARGUMENTS[kind])
            if wrong := body.keys() - must - may - META:
                raise Refused(f"{kind}.{name} has no argument {sorted(wrong)}")
            if missing := must - body.keys():
                raise Refused(f"{kind}.{name} lacks {sorted(missing)}")

    def plan(self, variables, data):
        return Plan(self, variables, data)


class Plan:
    """The module with values for its variables, where the data sources say this."""

    def __init__(self, module, variables, data):
        self.module, self.data, self.each = module, data, None
        if unknown := variables.keys() - module.variables.keys():
            raise Refused(f"no variable {sorted(unknown)}")
        self.variables = {}
        for name, it in module.variables.items():
            if name not in variables and "default" not in it:
                raise Refused(f"no value for {name}")
            self.variables[name] = variables[name] if name in variables else self.value(it["default"])
        for it in module.variables.values():
            self.assertions(it.get("validation", []))
        self.resources = {}
        for (kind, name), body in module.resources.items():
            for it in body.get("lifecycle", []):
                self.assertions(it.get("precondition", []))
            self.resources[kind, name] = self.instances(body)

    def assertions(self, blocks):
        for it in blocks:
            if not self.value(it["condition"]):
                raise Refused(unquoted(it["error_message"]))

    def instances(self, body):
        plain = {key: it for key, it in body.items() if key not in META}
        if "count" in body:
            return [self.value(plain) for _ in range(self.value(body["count"]))]
        if "for_each" not in body:
            return [self.value(plain)]
        found = []
        for self.each in sorted(self.value(body["for_each"])):
            found.append(self.value(plain))
        return found

    def of(self, kind):
        """What there is of a type."""
        return [it for (its, _), found in self.resources.items() if its == kind for it in found]

    def value(self, it):
        """What python-hcl2 made of a value, evaluated."""
        if isinstance(it, list):
            return [self.value(item) for item in it]
        if isinstance(it, dict):
            return {unquoted(key): self.value(item) for key, item in it.items() if key not in NOTES}
        if isinstance(it, str):
            return Expression(it[2:-1] if it.startswith("${") and it.endswith("}") else it, self).all()
        return it

    def named(self, path):
        """What a name stands for."""
        match path.split("."):
            case ["var", name]:
                return self.variables[name]
            case ["local", name]:
                return self.value(self.module.locals[name])
            case ["each", "value"]:
                return self.each
            case ["path", "module"]:
                return str(self.module.folder)
            case ["data", kind, name, field]:
                return self.data[kind, name][field]
            case [kind, name, *field]:
                its = {key: self.value(it) for key, it in self.module.resources[kind, name].items() if key == "name"}
                assert set(field) <= FIELDS[kind], path
                its["arn"] = f"arn:{self.data['aws_partition', 'current']['partition']}:iam::{self.account()}:role/{its['name']}" if kind == "aws_iam_role" else None
                return its[field[0]] if field else [its] * len(self.resources[kind, name])
        raise Refused(f"what is {path}?")

    def account(self):
        return self.data["aws_caller_identity", "current"]["account_id"]

    def call(self, name, arguments):
        match name, arguments:
            case "file", [path]:
                return open(path).read()
            case "replace", [text, old, new]:
                regex = len(old) > 1 and old[0] == old[-1] == "/"
                return re.sub(old[1:-1], new.replace("\\", r"\\"), text) if regex else text.replace(old, new)
            case "toset", [items]:
                return set(items)
            case "length", [items]:
                return len(items)
            case "setsubtract", [left, right]:
                return set(left) - set(right)
            case "contains", [items, item]:
                return item in items
            case "regex", [pattern, text]:
                return re.search(pattern, text)
            case "can", [found]:
                return found is not None
            case "one", [items]:
                return items[0] if items else None
        raise Refused(f"what is {name}?")


class Expression:
    """An expression as text, from left to right."""

    def __init__(self, text, plan):
        self.text, self.at, self.plan = text, 0, plan

    def all(self):
        value = self.choice()
        if self.peek():
            raise Refused(f"unexpected {self.text[self.at:]!r}")
        return value

    def peek(self):
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        return self.text[self.at : self.at + 1]

    def take(self, token):
        self.peek()
        if taken := self.text.startswith(token, self.at):
            self.at += len(token)
        return taken

    def choice(self):
        condition = self.either()
        if not self.take("?"):
            return condition
        yes = self.choice()
        assert self.take(":")
        no = self.choice()
        return yes if condition else no

    def either(self):
        value = self.equal()
        while self.take("||"):
            other = self.equal()
            value = value or other
        return value

    def equal(self):
        value = self.primary()
        if self.take("=="):
            return value == self.primary()
        return value != self.primary() if self.take("!=") else value

    def primary(self):
        if self.peek() == '"':
            return self.string()
        if self.take("["):
            return self.items("]")
        if word := re.compile(r"[0-9]+|[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*").match(self.text, self.at):
            self.at = word.end()
            return self.after(word[0])
        raise Refused(f"what is {self.text[self.at:]!r}?")

    def after(self, word):
        if word.isdigit() or word in ("true", "false"):
            return json.loads(word)
        if self.take("("):
            return self.plan.call(word, self.items(")"))
        value = self.plan.named(word)
        if self.take("[*]."):
            field = re.compile(r"\w+").match(self.text, self.at)
            self.at = field.end()
            return [it[field[0]] for it in value]
        if self.take("["):
            (key,) = self.items("]")
            return value[key]
        return value

    def items(self, end):
        found = []
        while not self.take(end):
            found.append(self.choice())
            self.take(",")
        return found

    def string(self):
        self.take('"')
        found = ""
        while not self.text.startswith('"', self.at):
            if self.text.startswith("${", self.at):
                self.at += 2
                found += self.choice()
                assert self.take("}")
            else:
                found += self.text[self.at]
                self.at += 1
        self.at += 1
        return found
