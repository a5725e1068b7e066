// Opens drawn pages in headless Chromium: the slider, the keys, what is behind an arrow, and an enemy's trace.
//
//   node page.mjs PATH/TO/convoke          # CHROMIUM names the browser, if it is not /usr/bin/chromium
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const convoke = process.argv[2];
assert(convoke, 'which convoke?');
const vectors = fileURLToPath(new URL('../vectors', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'convoke-page-'));

/** The page of a trace, and the trace's lines. */
function draw(name, text) {
  const [trace, page] = [join(folder, `${name}.jsonl`), join(folder, `${name}.html`)];
  writeFileSync(trace, text);
  execFileSync(convoke, ['draw', trace, '-o', page]);
  return { url: pathToFileURL(page).href, events: text.trim().split('\n').slice(1).map((line) => JSON.parse(line)) };
}

const recorded = (name) => readFileSync(join(vectors, `${name}.jsonl`), 'utf8');

/** Opens a page, and fails on whatever it complains of or asks the network for. */
async function open(context, url) {
  const page = await context.newPage();
  page.on('console', (message) => assert.fail(`console: ${message.text()}`));
  page.on('pageerror', (error) => assert.fail(`error: ${error}`));
  page.on('dialog', () => assert.fail('a dialog'));
  page.on('request', (request) => assert.equal(request.url(), url, 'a request'));
  await page.goto(url);
  return page;
}

const later = (page) => page.locator('[data-t].later').count();
const now = (page) => page.locator('#now').textContent();
const shown = async (page, id) => JSON.parse(await page.locator(id).textContent());

async function timeCanBeMoved(context) {
  const { url } = draw('c2c-accept', recorded('c2c-accept'));
  const page = await open(context, url);
  assert.equal(await now(page), '3.040 s');
  assert.equal(await later(page), 0);
  await page.locator('#time').fill('0');
  assert.equal(await now(page), '0.100 s');
  assert.equal(await later(page), 3, 'all but the invite is faded');
  assert.equal(await page.locator('.flying').count(), 1, 'it is on its way');
  await page.keyboard.press('ArrowRight');
  assert.equal(await now(page), '0.140 s');
  assert.equal(await page.locator('.flying').count(), 0, 'it is there');
  await page.locator('h1').click();
  await page.keyboard.press('ArrowRight');
  assert.equal(await now(page), '3.000 s');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await now(page), '0.140 s');
  assert.equal(await later(page), 2);
  assert.equal(await page.locator('#time').getAttribute('aria-valuetext'), '0.140 s');
  await page.locator('#play').click();
  for (let tries = 0; (await later(page)) > 0; tries += 1) {
    assert(tries < 100, 'it plays to the end');
    await page.waitForTimeout(100);
  }
  assert.equal(await page.locator('#play').getAttribute('aria-label'), 'Play', 'it stops at the end');
}

async function anArrowShowsItsMessage(context) {
  const { url, events } = draw('group-raise-hand', recorded('group-raise-hand'));
  const page = await open(context, url);
  await page.locator('g.arrow').first().locator('text').click();
  const send = events.find((event) => event.out?.send);
  assert.deepEqual(await shown(page, '#raw'), send);
  assert.deepEqual(await shown(page, '#payload'), JSON.parse(send.out.send.data));
  assert.match(await page.locator('#what').textContent(), /^alice, 0\.100 s: invite 20 s/);
  // By the keyboard alone: the next mark is bob's callback.
  await page.keyboard.press('Tab');
  const callback = events.find((event) => event.out?.callback);
  assert.deepEqual(await shown(page, '#raw'), callback);
  assert(await page.locator('#payload').isHidden());
  const label = await page.locator(':focus').getAttribute('aria-label');
  assert.match(label, /^bob, 0\.140 s: rings #1 · onReceiveNewInvitation$/);
}

async function anEnemyRunsNothing(context) {
  const evil = '</script><script>document.title="owned"</script><img src=x onerror=\'document.title="owned"\'>{{data}}';
  const taint = (value) => {
    if (value === 'bob') return evil;
    if (Array.isArray(value)) return value.map(taint);
    if (value === null || typeof value !== 'object') return value;
    const fields = Object.entries(value).map(([name, field]) => [name, name === 'data' ? evil : taint(field)]);
    return Object.fromEntries(fields);
  };
  const [header, ...lines] = recorded('c2c-accept').trim().split('\n').map((line) => JSON.parse(line));
  const trace = [{ ...header, scenario: evil, about: evil }, ...lines.map(taint)];
  const { url, events } = draw('hostile', trace.map((line) => JSON.stringify(line)).join('\n'));
  const page = await open(context, url);
  assert.equal(await page.locator('h1').textContent(), evil);
  assert.equal(await page.title(), evil);
  assert.equal(await page.locator('script').count(), 2);
  assert.equal(await page.locator('img').count(), 0);
  for (const mark of await page.locator('[data-event]').all()) {
    await mark.focus();
    const event = Number(await mark.getAttribute('data-event'));
    assert.deepEqual(await shown(page, '#raw'), events[event]);
  }
  assert.equal(await page.title(), evil);
}

async function everyTraceOpens(context) {
  for (const file of readdirSync(vectors).filter((file) => file.endsWith('.jsonl'))) {
    const page = await open(context, draw('any', readFileSync(join(vectors, file), 'utf8')).url);
    assert((await page.locator('[data-event]').count()) > 0, file);
    await page.close();
  }
}

/** It never narrows the chart. */
async function thePanelStandsBesideTheChartOnlyIfBothFit(context) {
  const { url } = draw('group-raise-hand', recorded('group-raise-hand'));
  const page = await open(context, url);
  for (const [width, isBeside] of [[700, false], [1300, false], [1700, true]]) {
    await page.setViewportSize({ width, height: 800 });
    const [chart, panel] = [await page.locator('#chart').boundingBox(), await page.locator('#panel').boundingBox()];
    const [beside, below] = [panel.x >= chart.x + chart.width, panel.y >= chart.y + chart.height];
    assert.deepEqual([beside, below], [isBeside, !isBeside], `${width} pixels`);
    assert(panel.x + panel.width <= width, 'it is on the page');
  }
}

async function bothColourSchemesAreThere(browser) {
  const { url } = draw('c2c-accept', recorded('c2c-accept'));
  const papers = [];
  for (const colorScheme of ['light', 'dark']) {
    const page = await open(await browser.newContext({ colorScheme }), url);
    papers.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
  }
  assert.deepEqual(papers, ['rgb(255, 255, 255)', 'rgb(13, 17, 23)']);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--no-first-run'],
});
try {
  const context = await browser.newContext();
  const checks = [timeCanBeMoved, anArrowShowsItsMessage, thePanelStandsBesideTheChartOnlyIfBothFit, anEnemyRunsNothing,
    everyTraceOpens];
  for (const check of checks) {
    await check(context);
    console.log(`ok ${check.name}`);
  }
  await bothColourSchemesAreThere(browser);
  console.log('ok bothColourSchemesAreThere');
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
