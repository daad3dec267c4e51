"""Interaction with the page: search, sort and filter, by mouse and by keyboard alone, also with very many accounts."""

from browser import Reader
from worlds import CLOSED, DENIED, HOSTILE, MANAGEMENT, MANY, QUIET, TURNED

IDS = "items => items.filter(it => !it.hidden).map(it => it.querySelector('h3 code').textContent)"


def ids(page):
    return page.eval_on_selector_all("#accounts > li", IDS)


def found(page):
    return page.get_by_role("status").text_content()


def check_search(browser, exporter, tally):
    with Reader(browser, exporter.url, tally) as page:
        search = page.get_by_role("searchbox", name="Search by name, id or check")
        failing = lambda check: sorted(
            account["id"]
            for account in exporter.posture()["accounts"]
            for it in account["checks"]
            if it["id"] == check and it["status"] in ("fail", "unknown")
        )
        for text, wanted in [
            ("acme", sorted([MANAGEMENT, QUIET, DENIED, CLOSED])),
            ("ACME prod", [QUIET]),
            ("4444", [TURNED]),
            ("<script>alert", [HOSTILE]),
            ("root-mfa", failing("root-mfa")),
            ("guardduty-enabled", failing("guardduty-enabled")),
            ("no such account", []),
        ]:
            search.fill(text)
            tally.equal(f"search for {text}", sorted(ids(page)), wanted)
            tally.true(f"said of {text}", found(page).startswith(f"{len(wanted)} of 6 accounts shown"), found(page))
        search.fill("")
        tally.equal("search for nothing", len(ids(page)), 6)


def worst(account):
    failing = account["counts"]["failing"]
    counts = [failing["critical"], failing["high"], account["counts"]["unknown"], failing["medium"], failing["low"]]
    return [-count for count in counts], account["id"]


def check_sort(browser, exporter, tally):
    accounts = sorted(exporter.posture()["accounts"], key=worst)
    by_worst = [account["id"] for account in accounts]
    score = lambda account: -1 if account["score"] is None else account["score"]
    # As a reader's language has it: capitals do not matter, and signs come before letters.
    orders = {
        "worst first": by_worst,
        "lowest score": [account["id"] for account in sorted(accounts, key=score)],
        "most not known": [account["id"] for account in sorted(accounts, key=lambda it: -it["counts"]["unknown"])],
        "account id": sorted(by_worst),
    }
    with Reader(browser, exporter.url, tally) as page:
        tally.equal("at first", ids(page), by_worst)
        sort = page.get_by_label("Sort by")
        for name, wanted in orders.items():
            sort.select_option(label=name)
            tally.equal(f"by {name}", ids(page), wanted)
            tally.true(f"said of {name}", found(page).endswith(f"by: {name}"), found(page))
        sort.select_option(label="name")
        named = [id for id in ids(page) if id in (MANAGEMENT, QUIET, CLOSED, DENIED)]
        tally.equal("by name", named, [MANAGEMENT, QUIET, CLOSED, DENIED])
        tally.equal("the worst is in the first place with no script too", by_worst[0], ids_without_script(browser, exporter, tally)[0])


def ids_without_script(browser, exporter, tally):
    with Reader(browser, exporter.url, tally, script=False) as page:
        return ids(page)


def check_filter(browser, exporter, tally):
    accounts = exporter.posture()["accounts"]
    failing = sorted(account["id"] for account in accounts if any(account["counts"]["failing"].values()))
    unknown = sorted(account["id"] for account in accounts if account["counts"]["unknown"])
    tally.true("there is something to filter", len(failing) < 6 and len(unknown) < 6, (failing, unknown))
    with Reader(browser, exporter.url, tally) as page:
        for name, wanted in [("failing", failing), ("not known", unknown), ("all", sorted(account["id"] for account in accounts))]:
            page.get_by_role("radio", name=name).check()
            tally.equal(f"show {name}", sorted(ids(page)), wanted)
        page.get_by_role("radio", name="not known").check()
        page.get_by_role("searchbox").fill(DENIED)
        tally.equal("filter and search together", ids(page), [DENIED])


def check_keyboard(browser, exporter, tally):
    with Reader(browser, exporter.url, tally) as page:
        focus = lambda: page.evaluate("[document.activeElement.tagName, document.activeElement.id || document.activeElement.textContent.trim().slice(0, 20)]")
        press = page.keyboard.press
        visited = []
        for _ in range(7):
            press("Tab")
            visited.append(focus())
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            tally.equal(f"{visited[-1]} shows that it has the focus", ring, "solid")
        tags = [tag for tag, _ in visited]
        tally.equal("in order", tags, ["A", "A", "INPUT", "SELECT", "INPUT", "SUMMARY", "SUMMARY"])
        press("Shift+Tab")
        first = page.locator("#accounts > li details").first
        for key in ("Enter", "Space"):
            press(key)
            tally.true(f"{key} opens", first.evaluate("it => it.open"))
            press(key)
            tally.true(f"{key} closes", not first.evaluate("it => it.open"))
        press("Enter")
        press("Tab")
        tally.equal("then its links", focus()[0], "A")
        page.locator("#search").focus()
        page.keyboard.type("acme prod")
        tally.equal("search", ids(page), [QUIET])
        press("Enter")
        tally.equal("and Enter does no harm", ids(page), [QUIET])
        press("Control+A")
        press("Delete")
        press("Tab")
        press("ArrowDown")
        tally.true("sort", "lowest score" in found(page), found(page))
        press("Tab")
        press("ArrowDown")
        tally.true("filter", page.get_by_role("radio", name="failing").is_checked())
        page.goto(exporter.url)
        press("Tab")
        press("Enter")
        tally.equal("the skip link leads to the accounts", focus()[1], "accounts")


def check_link_to_an_account(browser, exporter, tally):
    with Reader(browser, f"{exporter.url}/#account-{QUIET}", tally) as page:
        tally.true("it is open", page.locator(f"#account-{QUIET}").evaluate("it => it.open"))
        tally.equal("and it alone", page.locator("details[open]").count(), 1)


TIMES = """() => new Promise(done => {
  const navigation = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const until = (act) => new Promise(next => {
    const start = performance.now();
    act();
    requestAnimationFrame(() => setTimeout(() => next(performance.now() - start)));
  });
  const search = document.getElementById("search"), sort = document.getElementById("sort");
  const type = text => until(() => { search.value = text; search.dispatchEvent(new Event("input")); });
  (async () => {
    const keys = [];
    for (const text of ["t", "te", "tea", "team", "team 7", "team 7 ", "team 7 s", "root-mfa", ""]) keys.push(await type(text));
    const sorted = await until(() => { sort.value = "name"; sort.dispatchEvent(new Event("change")); });
    done({ first: paint.startTime, interactive: navigation.domInteractive, loaded: navigation.loadEventEnd,
      key: Math.max(...keys), sorted, nodes: document.getElementsByTagName("*").length });
  })();
})"""


def many_accounts(browser, exporter, tally):
    """Search and sort among many accounts. Times are printed, not asserted: they depend on the machine."""
    page_bytes, page_gzip = (len(exporter.get("/", **{"Accept-Encoding": it})[0]) for it in ("identity", "gzip"))
    json_bytes, json_gzip = (len(exporter.get("/api/v1/posture", **{"Accept-Encoding": it})[0]) for it in ("identity", "gzip"))
    with Reader(browser, exporter.url, tally) as page:
        tally.equal("all accounts", len(ids(page)), MANY)
        times = page.evaluate(TIMES)
        search = page.get_by_role("searchbox")
        for text in ("team 7", "stage 999", "team 7 root-mfa", "root-mfa guardduty-enabled"):
            search.fill(text)
            texts = [name for name in names(exporter) if all(word in name for word in text.split())]
            tally.equal(f"search for {text}", len(ids(page)), len(texts))
            tally.true(f"something is found for {text}", 0 < len(texts) < MANY, len(texts))
        search.fill("")
        page.get_by_label("Sort by").select_option(label="account id")
        tally.equal("sorted", ids(page), sorted(ids(page)))
        page.locator("summary").nth(500).click()
        tally.equal("one opens", page.locator("details[open]").count(), 1)
    print(f"{MANY} accounts: page {page_bytes} bytes, gzip {page_gzip}; JSON {json_bytes}, gzip {json_gzip}")
    print("in Chromium, ms: " + ", ".join(f"{name} {value:.0f}" for name, value in times.items()))


def names(exporter):
    """The text of each account that the search looks at."""
    for account in exporter.posture()["accounts"]:
        checks = [it["id"] for it in account["checks"] if it["status"] in ("fail", "unknown")]
        yield " ".join([account["name"], account["id"], *checks]).lower()
