// Opens reports in Chromium: nothing is fetched, no script error, filter, sort and copy work, all is there with
// scripts off, and no page is wider than its window. Arguments: folder for the pictures, then reports.
import { chromium } from 'playwright-core';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [pictures, ...reports] = process.argv.slice(2);
let bad = 0;
const check = (ok, what) => {
  if (!ok) {
    bad += 1;
    console.error(`NOT OK ${what}`);
  }
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

async function open(report, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const fetched = [];
  const errors = [];
  page.on('request', (r) => fetched.push(r.url()));
  page.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
  page.on('pageerror', (e) => errors.push(String(e)));
  page.on('dialog', (d) => { errors.push(`dialog: ${d.message()}`); d.dismiss(); });
  await page.goto(pathToFileURL(report).href);
  return { context, page, fetched, errors };
}

for (const report of reports) {
  const name = basename(dirname(report));
  const { context, page, fetched, errors } = await open(report, { viewport: { width: 1280, height: 900 } });
  const rows = await page.locator('#accounts tbody tr').count();
  if (rows > 0) {
    // Filter: an account's name leaves its row alone.
    const account = (await page.locator('#accounts tbody tr td').first().innerText()).trim();
    const box = page.locator('input.filter').first();
    await box.fill(account);
    check(await page.locator('#accounts tbody tr:visible').count() === 1, `${name}: filter leaves one row`);
    await box.fill('no such thing anywhere');
    check(await page.locator('#accounts tbody tr:visible').count() === 0, `${name}: filter leaves no row`);
    await box.fill('');
    check(await page.locator('#accounts tbody tr:visible').count() === rows, `${name}: an empty filter shows all`);
    // Sort: by score up, then down.
    const scores = () => page.$$eval('#accounts tbody tr', (r) => r.map((x) => Number(x.cells[2].dataset.v)));
    const button = page.locator('#accounts th').nth(2).locator('button');
    await button.click();
    const up = await scores();
    check(up.every((x, i) => i === 0 || up[i - 1] <= x), `${name}: sorted up`);
    await button.click();
    const down = await scores();
    check(down.every((x, i) => i === 0 || down[i - 1] >= x), `${name}: sorted down`);
    check(await page.locator('section.account').count() > 0, `${name}: accounts have a part`);
    check(await page.locator('section.account svg').count() >= 3, `${name}: three pictures`);
  }
  if (await page.locator('#iocs').count() > 0) {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const value = await page.locator('#iocs code[data-copy]').first().textContent();
    await page.locator('#iocs button.copy').first().click();
    await page.waitForTimeout(100);
    check(await page.evaluate(() => navigator.clipboard.readText()) === value, `${name}: copied`);
  }
  // Every link leads somewhere on the page.
  const dead = await page.$$eval('a[href]', (all) => all.map((a) => a.getAttribute('href'))
    .filter((h) => !h.startsWith('#') || !document.getElementById(h.slice(1))));
  check(dead.length === 0, `${name}: links that lead nowhere: ${dead.slice(0, 3)}`);
  check(await page.locator('script').count() === 1, `${name}: one script, ours`);
  check(fetched.length === 1, `${name}: fetched ${fetched.slice(1, 4)}`);
  check(errors.length === 0, `${name}: ${errors.slice(0, 3)}`);
  await context.close();

  for (const width of [1280, 390]) {
    for (const colorScheme of ['light', 'dark']) {
      const shown = await open(report, { viewport: { width, height: 900 }, colorScheme });
      const over = await shown.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(over <= 0, `${name}: ${over} pixels too wide at ${width}`);
      await shown.page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      await shown.context.close();
    }
  }
  // Scripts off: the text is the same but for the buttons, which do not exist.
  const off = await open(report, { javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
  check((await off.page.locator('h1').innerText()).length > 5, `${name}: a headline without scripts`);
  check(await off.page.locator('#accounts tbody tr').count() === rows, `${name}: all rows without scripts`);
  check(await off.page.locator('button').count() === 0, `${name}: no dead buttons without scripts`);
  await off.context.close();
}
await browser.close();
console.log(`${reports.length} pages, ${bad} not ok`);
process.exit(bad ? 1 : 0);
