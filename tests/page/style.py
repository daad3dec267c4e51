"""Style of the page: on a phone, in light and dark, for assistive technology, and in pictures."""

from browser import Reader, accessible


def check_phone(browser, exporter, tally):
    with Reader(browser, exporter.url, tally, width=360, height=740) as page:
        wide = "document.documentElement.scrollWidth"
        tally.equal("closed, it fits", page.evaluate(wide), 360)
        page.eval_on_selector_all("details", "all => all.forEach(it => it.open = true)")
        tally.equal("open, it fits", page.evaluate(wide), 360)
        cut = """all => all.filter(it => it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).display !== "inline")
          .map(it => it.outerHTML.slice(0, 80))"""
        tally.equal("nothing is cut off", page.eval_on_selector_all("main *:not(.hidden)", cut), [])
        small = "all => all.map(it => it.getBoundingClientRect().height).filter(height => height < 24)"
        tally.equal("what is touched is tall enough", page.eval_on_selector_all("summary, select, input[type=search], fieldset label, footer a", small), [])


def check_themes_and_access(browser, exporter, tally):
    backgrounds = set()
    for dark in (False, True):
        for width in (1200, 360):
            name = f"{'dark' if dark else 'light'}, {width} wide"
            # Tall enough that nothing is left out because it is out of sight.
            with Reader(browser, exporter.url, tally, dark=dark, width=width, height=6000) as page:
                backgrounds.add(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
                accessible(page, tally, f"{name}, closed")
                page.eval_on_selector_all("details", "all => all.forEach(it => it.open = true)")
                page.set_viewport_size({"width": width, "height": 30_000})
                accessible(page, tally, f"{name}, open")
    tally.equal("two themes", len(backgrounds), 2)


def check_not_by_colour_alone(browser, exporter, tally):
    with Reader(browser, exporter.url, tally) as page:
        colour = lambda selector: page.locator(selector).first.evaluate("it => getComputedStyle(it).backgroundColor")
        tags = page.locator(".tag").all_text_contents()
        tally.true("every tag has words", all(any(c.isalpha() for c in tag) for tag in tags), tags)
        red, green, _ = (int(part) for part in colour(".tag.unknown")[4:-1].split(","))
        tally.true("unknown is not green", red >= green)


def pictures(browser, exporter, folder):
    """For people to look at; the first is in the README."""
    folder.mkdir(parents=True, exist_ok=True)
    first, all_ = "all => all[0].open = true", "all => all.forEach(it => it.open = true)"
    for name, dark, width, height, opened in [
        ("page", False, 1200, 1000, first),
        ("page-dark", True, 1200, 1000, first),
        ("page-open", False, 1200, 5600, all_),
        ("page-open-dark", True, 1200, 5600, all_),
        ("page-phone", False, 360, 740, first),
        ("page-phone-open", True, 360, 9000, all_),
    ]:
        # Tall rather than scrolled: what is out of sight is not drawn.
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
        page = context.new_page()
        page.goto(exporter.url)
        page.eval_on_selector_all("details", opened)
        page.wait_for_timeout(200)
        page.screenshot(path=folder / f"{name}.png")
        context.close()
