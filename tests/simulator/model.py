"""botocore's service model as the judge: of what operations declare, and of every answer that comes."""

import json
import xml.etree.ElementTree as ElementTree

import botocore.session

SESSION = botocore.session.get_session()


def declared(tally, operations):
    """What the simulator accepts must be AWS's own, and what AWS requires must be required."""
    for it in operations:
        name = f"{it['service']}.{it['operation']}"
        service = SESSION.get_service_model(it["service"])
        tally.true(f"{name} is AWS's", it["operation"] in service.operation_names)
        if it["operation"] in service.operation_names:
            shape = service.operation_model(it["operation"]).input_shape
            _compare(tally, name, it["parameters"], shape)


def _compare(tally, name, parameters, shape):
    members = {wire_name(key, member): member for key, member in (shape.members if shape else {}).items()}
    required = {wire_name(key, shape.members[key]) for key in (shape.required_members if shape else [])}
    tally.equal(f"{name}: unknown parameters", {it["name"] for it in parameters} - set(members), set())
    tally.equal(f"{name}: required parameters", {it["name"] for it in parameters if it["required"]}, required)
    for it in parameters:
        inner = members.get(it["name"])
        if it["members"] and inner is not None:
            inner = inner.member if inner.type_name == "list" else inner
            _compare(tally, f"{name}.{it['name']}", it["members"], inner)


def wire_name(key, shape):
    return shape.serialization.get("name", key)


class Conformance:
    """Holds every answer that passes against its output shape, and every error against its modelled status."""

    def __init__(self):
        self.answers = 0
        self.wrong = set()

    def after_call(self, http_response, parsed, model, **_):
        name = f"{model.service_model.service_name}.{model.name}"
        self.answers += 1
        if http_response.status_code >= 300:
            self._error(name, http_response, parsed, model)
            return
        if model.service_model.protocol == "query":
            root = ElementTree.fromstring(http_response.content)
            namespace = root.tag.split("}")[0] + "}"
            wanted = model.service_model.metadata["xmlNamespace"]
            if namespace != "{" + wanted + "}":
                self.wrong.add(f"{name}: namespace {namespace}, wanted {wanted}")
            result = root.find(f"{namespace}{model.name}Result")
            self._xml(name, result, model.output_shape, len(namespace))
        else:
            self._json(name, json.loads(http_response.content), model.output_shape)

    def _error(self, name, response, parsed, model):
        for shape in model.error_shapes:
            error = shape.metadata.get("error", {})
            known = {shape.name, error.get("code")}
            if parsed["Error"]["Code"] in known and error.get("httpStatusCode", 400) != response.status_code:
                self.wrong.add(f"{name}: {shape.name} with status {response.status_code}")

    def _leaf(self, path, value, shape):
        allowed = shape.metadata.get("enum")
        if allowed and value not in allowed:
            self.wrong.add(f"{path}: {value!r} is none of {allowed}")
        if path.endswith(".User.UserId") and len(value) == 12:
            return  # root's is the account's id, which is shorter than the model allows
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        length = len(value) if isinstance(value, str) else value
        if shape.type_name in ("string", "integer") and length is not None:
            if (low is not None and length < low) or (high is not None and length > high):
                self.wrong.add(f"{path}: {value!r} is not within {low} and {high}")

    def _json(self, path, value, shape):
        kinds = {"structure": dict, "map": dict, "list": list, "string": str, "boolean": bool, "integer": int, "long": int}
        numbers = {"timestamp": (int, float, str), "double": (int, float)}
        kind = kinds.get(shape.type_name) or numbers[shape.type_name]
        if not isinstance(value, kind):
            self.wrong.add(f"{path}: {value!r} is no {shape.type_name}")
        elif shape.type_name == "structure":
            names = {wire_name(key, member): member for key, member in shape.members.items()}
            self._members(path, value, names, shape)
            for key in value.keys() & names.keys():
                self._json(f"{path}.{key}", value[key], names[key])
        elif shape.type_name == "map":
            for key, item in value.items():
                self._json(f"{path}.{key}", item, shape.value)
        elif shape.type_name == "list":
            for item in value:
                self._json(path, item, shape.member)
        else:
            self._leaf(path, value, shape)

    def _xml(self, path, element, shape, skip):
        if shape.type_name == "structure":
            children = {child.tag[skip:]: child for child in element}
            names = {wire_name(key, member): member for key, member in shape.members.items()}
            self._members(path, children, names, shape)
            for key in children.keys() & names.keys():
                self._xml(f"{path}.{key}", children[key], names[key], skip)
        elif shape.type_name == "list":
            for child in element:
                if child.tag[skip:] != "member":
                    self.wrong.add(f"{path}: {child.tag} in a list")
                self._xml(path, child, shape.member, skip)
        elif shape.type_name == "map":
            for entry in element:
                if [child.tag[skip:] for child in entry] != ["key", "value"]:
                    self.wrong.add(f"{path}: an entry of {[child.tag for child in entry]}")
                else:
                    self._xml(f"{path}.key", entry[0], shape.key, skip)
                    self._xml(path, entry[1], shape.value, skip)
        else:
            text = element.text or ""
            integer = shape.type_name == "integer"
            if (integer and not text.lstrip("-").isdigit()) or (shape.type_name == "boolean" and text not in ("true", "false")):
                self.wrong.add(f"{path}: {text!r} is no {shape.type_name}")
            else:
                self._leaf(path, int(text) if integer else text, shape)

    # What root's answers leave out, though the model requires it: observed of GetUser and GetLoginProfile as root.
    ROOT_LACKS = {"Path", "UserName"}
    OF_ROOT = {"LoginProfile", "MFADevice", "SigningCertificate", "User"}

    def _members(self, path, present, known, shape):
        self.wrong |= {f"{path}: unknown member {key}" for key in present.keys() - known.keys()}
        required = {wire_name(key, shape.members[key]) for key in shape.required_members}
        missing = required - present.keys()
        if shape.name in self.OF_ROOT and path.startswith("iam."):
            missing -= self.ROOT_LACKS
        self.wrong |= {f"{path}: {key} is missing" for key in missing}
