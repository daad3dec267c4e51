// Search, sort and filter. The page is whole without it; it asks nobody for anything.
"use strict";
(() => {
  const list = document.getElementById("accounts");
  const controls = document.getElementById("controls");

  // A link to an account opens it.
  const openTarget = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", openTarget);
  openTarget();
  if (!list || !controls) return;

  const search = document.getElementById("search");
  const sort = document.getElementById("sort");
  const found = document.getElementById("found");
  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

  // In the order of the page: the worst first.
  const accounts = Array.from(list.children, (item, place) => ({
    item,
    place,
    // What is not known comes before the lowest.
    score: item.dataset.score === undefined ? -1 : Number(item.dataset.score),
    failing: Number(item.dataset.failing),
    unknown: Number(item.dataset.unknown),
    id: item.querySelector("h3 code").textContent,
    name: (item.querySelector("h3 bdi") || item.querySelector("h3 code")).textContent,
    // Its name, id and alias, and the checks that fail or are not known.
    text: Array.from(item.querySelectorAll("h3, dd > bdi, .findings p:first-child > code"), (it) => it.textContent)
      .join(" ")
      .toLowerCase(),
  }));
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const order = {
    worst: () => 0,
    score: (a, b) => a.score - b.score,
    unknown: (a, b) => b.unknown - a.unknown,
    name: (a, b) => collator.compare(a.name, b.name),
    id: (a, b) => (a.id < b.id ? -1 : 1),
  };

  const filter = () => {
    const wanted = words(search.value);
    const show = document.querySelector("input[name=show]:checked").value;
    let count = 0;
    for (const account of accounts) {
      const shown = (show === "all" || account[show] > 0) && wanted.every((word) => account.text.includes(word));
      if (account.item.hidden === shown) account.item.hidden = !shown;
      if (shown) count += 1;
    }
    const by = sort.options[sort.selectedIndex].text;
    found.textContent = `${count} of ${accounts.length} accounts shown, by: ${by}`;
  };
  const arrange = () => {
    const compare = order[sort.value];
    accounts.sort((a, b) => compare(a, b) || a.place - b.place);
    list.append(...accounts.map((account) => account.item));
    filter();
  };

  controls.hidden = false;
  search.addEventListener("input", filter);
  for (const choice of document.querySelectorAll("input[name=show]")) choice.addEventListener("change", filter);
  sort.addEventListener("change", arrange);
  // A browser may have kept what was chosen before a reload.
  if (sort.value === "worst") filter();
  else arrange();
})();
