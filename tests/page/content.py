"""Content of the page: the same as the JSON and the metrics, with names shown as text, and complete without JavaScript."""

import json
import threading
import urllib.request
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from browser import Reader, valid
from worlds import CLOSED, DENIED, HOSTILE, RIGHT_TO_LEFT, SCRIPT, TURNED

# What a card shows, under the names of the JSON.
CARD = """card => {
  const text = (it, what) => { const found = it.querySelector(what); return found && found.textContent; };
  const section = name => {
    const head = [...card.querySelectorAll("h4")].find(it => it.textContent === name);
    return head ? [...head.nextElementSibling.children] : [];
  };
  const ids = items => items.flatMap(it => [...it.querySelectorAll("p:first-child > code, :scope > code")].map(it => it.textContent)).sort();
  return {
    id: text(card, "h3 code"),
    name: text(card, "h3 bdi"),
    score: text(card, ".score strong"),
    tags: [...card.querySelectorAll("summary .tag")].map(it => it.textContent),
    failing: section("Failing").map(it => [
      text(it, "p > code"), text(it, ".tag"), text(it, "bdi"), it.children[2].textContent, text(it, ".title"), it.querySelector("a").href]),
    unknown: section("Not known").flatMap(it => ids([it]).map(id => [id, it.children[1].textContent, it.querySelector("a").href])),
    passing: ids(section("Passing")),
    not_applicable: ids(section("Not applicable")),
    collectors: [...card.querySelectorAll("tbody th")].map(it => [it.textContent, it.nextElementSibling.textContent]),
    why: [...card.querySelectorAll(".why")].map(it => it.textContent),
    facts: Object.fromEntries([...card.querySelectorAll(".facts div")].map(it => [text(it, "dt"), text(it, "dd")])),
  };
}"""


def cards(page):
    return page.eval_on_selector_all("#accounts > li", f"cards => cards.map({CARD})")


def visible(text):
    return text and text.replace("\u202e", "\ufffd")


def compare(tally, page, posture):
    """Every card says what the JSON says."""
    shown = {card["id"]: card for card in cards(page)}
    tally.equal("every account has a card", sorted(shown), [account["id"] for account in posture["accounts"]])
    for account in posture["accounts"]:
        card, name, checks = shown[account["id"]], account["id"], account["checks"]
        of = lambda status: [check for check in checks if check["status"] == status]
        tally.equal(f"{name}: name", card["name"], visible(account["name"] or account["alias"]))
        score = account["score"]
        tally.equal(f"{name}: score", card["score"], None if score is None else f"{int(score * 100 + 1e-9)} %")
        tags = [f"{count} {severity}" for severity, count in account["counts"]["failing"].items() if count]
        if count := account["counts"]["unknown"]:
            tags.append(f"{count} not known")
        tally.equal(f"{name}: counts", card["tags"], tags or ["all pass"])
        severities = ["critical", "high", "medium", "low"]
        failing = sorted(of("fail"), key=lambda it: severities.index(it["severity"]))
        expected = [
            [it["id"], it["severity"], visible(it["reason"]), f"Remedy: {it['remedy'].replace('`', '')} Runbook for {it['id']}", f"should be: {it['title']}", it["runbook"]]
            for it in failing
        ]
        tally.equal(f"{name}: failing", card["failing"], expected)
        unknown = {it["id"]: it for it in of("unknown")}
        tally.equal(f"{name}: unknown", sorted(it[0] for it in card["unknown"]), sorted(unknown))
        for id, reason, url in card["unknown"]:
            tally.true(f"{name}: why {id}", unknown[id]["reason"].replace("`", "") in reason, reason)
            tally.equal(f"{name}: runbook of {id}", url, unknown[id]["runbook"])
        tally.equal(f"{name}: passing", card["passing"], sorted(it["id"] for it in of("pass")))
        tally.equal(f"{name}: not applicable", card["not_applicable"], sorted(it["id"] for it in of("not_applicable")))
        words = {"ok": "ok", "failing": "failing", "untried": "not tried yet"}
        states = [[it["name"], words[it["state"]]] for it in account["collectors"]]
        tally.equal(f"{name}: collectors", card["collectors"], states)
        failures = [failure for it in account["collectors"] for failure in it["failures"]]
        tally.equal(f"{name}: failures", len(card["why"]), len(failures))
        for failure, why in zip(failures, card["why"]):
            parts = [failure["call"], failure["reason"], *failure["regions"], failure["message"].replace("`", "")]
            tally.true(f"{name}: why it fails", all(part in why for part in parts), why)
        root, facts = account["root"], card["facts"]
        words = {True: "yes", False: "no", None: "not known"}
        for fact, key in [("MFA", "mfa_enabled"), ("Password", "password_present"), ("Access key", "access_keys_present")]:
            tally.equal(f"{name}: {fact}", facts[fact], words[root[key]])
        for fact, key in [("Latest known sign-in", "last_login"), ("Latest known activity", "last_activity")]:
            at = root[key]
            begins = "none known" if at is None else f"{at[:16].replace('T', ' ')} UTC ("
            tally.true(f"{name}: {fact}", facts[fact].startswith(begins), facts[fact])


def check_page_and_json(browser, exporter, tally):
    posture = exporter.posture()
    valid(posture, tally, "mixed")
    with Reader(browser, exporter.url, tally) as page:
        compare(tally, page, posture)
        totals = dict(page.eval_on_selector_all(".totals div", "all => all.map(it => [...it.children].map(it => it.textContent))"))
    failing = posture["totals"]["checks"]["failing"]
    tally.equal("totals", totals["Accounts"], "6")
    tally.equal("totals of failing", [totals[f"Failing, {severity}"] for severity in failing], [str(count) for count in failing.values()])
    tally.equal("totals of unknown", totals["Not known"], str(posture["totals"]["checks"]["unknown"]))


def check_json_and_metrics(browser, exporter, tally):
    posture, metrics = exporter.posture(), exporter.metrics()
    for account in posture["accounts"]:
        of = lambda name, **labels: metrics.get((name, frozenset({"account_id": account["id"], **labels}.items())))
        for check in account["checks"]:
            passed = {"pass": 1, "fail": 0}.get(check["status"])
            got = of("aws_root_check_passed", check=check["id"], severity=check["severity"])
            tally.equal(f"{account['id']} {check['id']} passed", got, passed)
            tally.equal(f"{account['id']} {check['id']} unknown", of("aws_root_check_unknown", check=check["id"]), check["status"] == "unknown")
        tally.equal(f"{account['id']} score", of("aws_root_posture_score_ratio"), account["score"])
        for it in account["collectors"]:
            success = {"ok": 1, "failing": 0}.get(it["state"])
            tally.equal(f"{account['id']} {it['name']}", of("aws_root_collector_success", collector=it["name"]), success)


def check_reasons(browser, exporter, tally):
    """A denied call is named with its remedy; an account whose role cannot be assumed says so."""
    accounts = {account["id"]: account for account in exporter.posture()["accounts"]}
    mfa = accounts[DENIED]["checks"][0]
    tally.true("a denied call is named", "iam:GetAccountSummary: access denied" in mfa["reason"], mfa)
    tally.true("and what to do", "add iam:GetAccountSummary to the exporter's policy" in mfa["reason"], mfa)
    guardduty = next(it for it in accounts[DENIED]["collectors"] if it["name"] == "guardduty")
    tally.equal("regions with the same failure are named together", [it["regions"] for it in guardduty["failures"]], [["eu-west-1", "us-east-1"]])
    for check in accounts[CLOSED]["checks"]:
        tally.true("an account that cannot be entered", "cannot be reached: discovery fails: sts:AssumeRole" in check["reason"], check)


def check_hostile_names(browser, exporter, tally):
    with Reader(browser, exporter.url, tally) as page:
        shown = {card["id"]: card["name"] for card in cards(page)}
        tally.equal("markup is text", shown[HOSTILE], SCRIPT)
        tally.equal("a character that reverses text is replaced", shown[TURNED], visible(RIGHT_TO_LEFT))
        tally.equal("one script, one style sheet", page.locator("script, style, img, iframe, link[rel=stylesheet]").count(), 2)
        tally.equal("no style and no handler in markup", page.locator("[style], [onclick], [onerror], [onload]").count(), 0)
    query = f"{exporter.url}/?q={SCRIPT}"
    with Reader(browser, query, tally) as page:
        tally.true("a query says nothing", "alert(1)&lt;" not in page.content().split("<main>")[0])


def check_without_script(browser, exporter, tally):
    with Reader(browser, exporter.url, tally, script=False) as page:
        tally.true("controls that need JavaScript are hidden", page.locator("#controls").is_hidden())
        page.locator("summary").first.click()
        tally.true("a card opens", page.locator("#accounts > li").first.locator("h4", has_text="Root user").is_visible())


def check_behind_a_path(browser, exporter, tally):
    """Behind a proxy that serves the exporter under a path."""

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self):
            if not self.path.startswith("/tools/root/"):
                return self.send_error(404)
            with urllib.request.urlopen(exporter.url + self.path.removeprefix("/tools/root")) as answer:
                body = answer.read()
                self.send_response(200)
                for name in ("content-type", "content-security-policy"):
                    self.send_header(name, answer.headers[name])
                self.end_headers()
                # A browser that has left does not wait for the rest.
                with suppress(ConnectionError):
                    self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/tools/root/"
        with Reader(browser, url, tally) as page:
            tally.true("the script came", page.locator("#controls").is_visible())
            padding = page.eval_on_selector("details", "it => getComputedStyle(it).borderTopLeftRadius")
            tally.equal("the style came", padding, "8px")
            for name in ("Metrics", "This page as JSON", "Readiness"):
                link = page.get_by_role("link", name=name).evaluate("it => it.href")
                with urllib.request.urlopen(link) as answer:
                    tally.equal(f"the link {name}", answer.status, 200)
            page.get_by_role("link", name="Reload").click()
            tally.equal("reloaded", page.url, url)
        server.shutdown()


def demo(browser, exporter, tally):
    """The demo's page: its world changes meanwhile, so the JSON is compared with the schema only."""
    valid(exporter.posture(), tally, "demo")
    body = exporter.get("/")[0]
    accounts = len(exporter.posture()["accounts"])
    tally.true("under 100 kB an account", len(body) < 100_000 * accounts, len(body))
    print(f"demo: {accounts} account(s), page {len(body)} bytes, JSON {len(json.dumps(exporter.posture()))} bytes")
    with Reader(browser, exporter.url, tally) as page:
        tally.equal("a card for each", page.locator("#accounts > li").count(), accounts)
