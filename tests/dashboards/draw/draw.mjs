// draw.mjs PICTURE DASHBOARD PROMETHEUS [variable=value ...]: draws a dashboard, as a screen of a laptop shows it and whole,
// and holds that nothing failed, that every panel shows data or says why not, and that tables have their columns.
// SCRAPE_INTERVAL (60s) is that of the data; TO (now) is the end of what is shown, in seconds, and RANGE (the dashboard's) its
// length, such as 24h.
import { chromium } from 'playwright-core';
import { createServer } from 'node:http';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const [picture, file, prometheus, ...selected] = process.argv.slice(2);
const dashboard = JSON.parse(readFileSync(file, 'utf8'));
const what = {
  dashboard,
  selected: Object.fromEntries(selected.map((it) => it.split('='))),
  range: process.env.RANGE ?? dashboard.time.from.slice('now-'.length),
  to: process.env.TO ? Number(process.env.TO) * 1e3 : Date.now(),
  scrapeInterval: Number((process.env.SCRAPE_INTERVAL ?? '60s').slice(0, -1)) * 1e3,
};
const settings = {
  settings: { featureToggles: {}, buildInfo: { version: '13.2.1', env: 'production' }, datasources: {}, panels: {}, bootData: {} },
  user: { timezone: 'utc', orgRole: 'Viewer', locale: 'en-US', language: 'en-US' },
  navTree: [],
};
// Grafana measures text in the font Inter, which it brings along: another one stands for it here.
const page = `<!doctype html><meta charset=utf-8><link rel=icon href=data:,><link rel=stylesheet href=/built/page.css>
<style>@font-face { font-family: Inter; src: local("Liberation Sans"); }</style>
<script>window.__grafana_public_path__ = '/public/'; window.grafanaBootData = ${JSON.stringify(settings)};</script>
<body class=theme-dark><div id=root></div><script src=/built/page.js></script>`;

const server = createServer(async (request, response) => {
  const { pathname, search } = new URL(request.url, 'http://here');
  const send = (type, body, status = 200) => response.writeHead(status, { 'content-type': type }).end(body);
  if (pathname === '/') return send('text/html', page);
  if (pathname === '/what') return send('application/json', JSON.stringify(what));
  if (pathname === '/built/page.js') return send('text/javascript', readFileSync('built/page.js'));
  if (pathname === '/built/page.css') return send('text/css', readFileSync('built/page.css'));
  if (pathname.startsWith('/prometheus/')) {
    const answer = await fetch(`${prometheus}${pathname.slice('/prometheus'.length)}${search}`);
    return send('application/json', await answer.text(), answer.status);
  }
  const icon = path.join('node_modules/@grafana/ui/dist/public', path.normalize(pathname).replace(/^\/public(\/build)?/, ''));
  return existsSync(icon) ? send('image/svg+xml', readFileSync(icon)) : send('text/plain', '', 404);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const tab = await browser.newPage({ viewport: { width: 1440, height: 900 } });
const problems = [];
tab.on('pageerror', (error) => problems.push(`page: ${error.message}`));
await tab.goto(`http://127.0.0.1:${server.address().port}/`);

const panels = dashboard.panels.filter((it) => it.type !== 'row');
let state;
const done = () => panels.every((it) => state.panels[it.id]) && state.settled;
for (let tries = 0, before = ''; tries < 60; tries++) {
  await tab.waitForTimeout(500);
  state = await tab.evaluate(() => window.state());
  // Nothing changed for half a second, and the annotations were asked for.
  const now = JSON.stringify([state.panels, state.asked.length, state.marks.length]);
  state.settled = now === before && state.asked.length > 0 && tries > 6;
  before = now;
  if (done()) break;
}
await tab.screenshot({ path: `${picture}.png` });
const bottom = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
await tab.setViewportSize({ width: 1440, height: 120 + bottom * 38 });
await tab.waitForTimeout(1000);
await tab.screenshot({ path: `${picture}-whole.png` });
await browser.close();
server.close();

problems.push(...state.errors);
for (const it of panels) {
  const shown = state.panels[it.id];
  if (!shown) {
    problems.push(`${it.title}: shows nothing`);
    continue;
  }
  if (shown.empty !== undefined && shown.empty !== (it.fieldConfig.defaults.noValue || 'No data')) problems.push(`${it.title}: shows ${shown.empty}`);
  if (it.type !== 'table' || shown.empty !== undefined) continue;
  const { excludeByName, indexByName, renameByName } = it.transformations.find(({ id }) => id === 'organize').options;
  const hidden = it.fieldConfig.overrides.filter(({ properties }) => properties.some(({ id, value }) => id === 'custom.hidden' && value));
  const columns = Object.keys(indexByName)
    .filter((name) => !excludeByName[name] && !hidden.some(({ matcher }) => matcher.options === name))
    .map((name) => renameByName[name] ?? name);
  // A column of which no row has a value is not there.
  const strange = shown.columns.filter((name) => !columns.includes(name));
  const missing = columns.filter((name) => !shown.columns.includes(name));
  if (strange.length) problems.push(`${it.title}: has columns ${strange}`);
  if (missing.length) shown.missing = missing;
}
const lines = panels.map((it) => `  ${it.title}: ${JSON.stringify(state.panels[it.id] ?? null)}`);
writeFileSync(`${picture}.txt`, [...lines, '', ...state.asked.map(({ expr, series }) => `${series}\t${expr}`), ''].join('\n'));
const empty = panels.filter((it) => state.panels[it.id]?.empty !== undefined).map((it) => it.title);
const missing = panels.filter((it) => state.panels[it.id]?.missing).map((it) => `${it.title}: ${state.panels[it.id].missing}`);
console.log(`${path.basename(picture)}: ${panels.length} panels, ${state.asked.length} queries, ${state.marks.length} marks` +
  (empty.length ? `; empty: ${empty.join(', ')}` : '') + (missing.length ? `; without columns: ${missing.join('; ')}` : ''));
for (const problem of problems) console.log(`  FAILED: ${problem}`);
process.exitCode = problems.length ? 1 : 0;
