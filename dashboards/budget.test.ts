// The budgets of the page in a real browser: what the first load weighs is asserted; what depends on the machine is told, and bounded only against the absurd.
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { slotLength } from '../core/calendar.ts';
import { goldenInBrowser, noBrowser } from './browser.fixture.ts';
import type { LiveFrame, SiteDescription } from './live-frame.ts';

const kilobyte = 1_024;
const points = 1_000;

/** For how many seconds the page's one thread had work by then, and for how many it had a core for it: others may keep the machine busy. */
async function stopwatch(page: Page): Promise<() => Promise<{ busy: number; computed: number }>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (asked: string) => metrics.find(({ name }) => name === asked)?.value ?? Number.NaN;
    return { busy: of('TaskDuration'), computed: of('ThreadTime') };
  };
}

const percent = (share = Number.NaN): string => `${(share * 100).toFixed(1)} %`;

test('the page keeps to its budgets', { skip: noBrowser }, async (context) => {
  const { browser, url, open } = await goldenInBrowser(context, { step: slotLength });

  await context.test('the first load is at most 120 KB of JavaScript, compressed', async (one) => {
    const page = await browser.newPage();
    const scripts: Promise<Buffer>[] = [];
    page.on('response', (response) => {
      if (new URL(response.url()).pathname.endsWith('.js')) scripts.push(response.body());
    });
    await page.goto(`${url}/?lang=zh`);
    await page.locator('[data-meter=main][data-state=fresh]').waitFor();
    const size = (await Promise.all(scripts)).reduce((sum, script) => sum + gzipSync(script).length, 0);
    one.diagnostic(`first load: ${(size / kilobyte).toFixed(1)} KB of JavaScript, compressed`);
    assert.ok(scripts.length > 0 && size <= 120 * kilobyte, `${size} bytes`);
    await page.close();
  });

  await context.test('the overview is of use soon after its address is entered', async (one) => {
    const { page, close } = await open('lang=zh', '[data-meter=main][data-state=fresh]');
    await page.goto('about:blank');
    const began = performance.now();
    await page.goto(`${url}/?lang=zh`);
    await page
      .locator('main:has([data-meter=main][data-state=fresh]):has([data-day=energy]):not(:has(.tile.missing))')
      .waitFor();
    const took = performance.now() - began;
    one.diagnostic(`overview usable: ${took.toFixed(0)} ms after navigation`);
    assert.ok(took < 20_000);
    await close();
  });

  await context.test('a year that is scored for the first time keeps nobody else waiting', async (one) => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    for (const path of [
      'score/tcace/2025',
      'carbon/2025',
      'way/tcace/2025',
      'tariff?start=1735660800000&end=1767196800000',
    ])
      assert.equal((await fetch(`${url}/api/${path}`)).status, 200, path);
    delay.disable();
    one.diagnostic(`score, carbon, way and tariff of a year: others waited at most ${(delay.max / 1e6).toFixed(0)} ms`);
    assert.ok(delay.max / 1e6 < 10_000);
  });

  await context.test('a year of a meter, 35 040 quarters of an hour, is asked for and drawn', async (one) => {
    const { page, close } = await open('lang=zh&view=load&meter=main&range=yesterday&compare=none', '.load select');
    const worked = await stopwatch(page);
    const before = await worked();
    const began = performance.now();
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().includes('/api/load')),
      page.evaluate(
        `history.pushState(null, '', '?lang=zh&view=load&meter=main&range=custom&from=2025-01-01&to=2025-12-31&compare=none'); dispatchEvent(new PopStateEvent('popstate'))`,
      ),
    ]);
    await page.locator('.load .chart canvas').waitFor();
    const took = performance.now() - began;
    const { amount } = (await answer.json()) as { amount: number[] };
    assert.equal(amount.length, 35_040);
    one.diagnostic(
      `a year at 15 min: drawn ${took.toFixed(0)} ms after it was chosen, of which the page worked ${(((await worked()).busy - before.busy) * 1_000).toFixed(0)} ms`,
    );
    assert.ok(took < 20_000);
    await close();
  });

  await context.test(
    '1 000 live points that all change each second leave the page time for its reader',
    async (one) => {
      const tab = await browser.newContext({ viewport: { width: 1_600, height: 1_000 } });
      const page = await tab.newPage();
      const site = (await (await fetch(`${url}/api/site`)).json()) as SiteDescription;
      const [main] = site.meters;
      assert.ok(main);
      const many = Array.from({ length: points }, (_, at) => ({ ...main, id: `m${at}`, parent: null, role: 'feeder' }));
      await page.route('**/api/site', (route) =>
        route.fulfill({ contentType: 'application/json', body: JSON.stringify({ ...site, meters: many }) }),
      );
      // The stream is the test's own: the page's code for it runs unchanged.
      await page.addInitScript(`
      window.EventSource = class extends EventTarget {
        constructor() { super(); this.readyState = 1; window.live = this; }
        close() {}
      };`);
      await page.goto(`${url}/?lang=zh`);
      await page.waitForFunction('window.live !== undefined');
      const send = async (second: number) => {
        const now = Date.now();
        const frame: LiveFrame = {
          now,
          meters: Object.fromEntries(
            many.map(({ id }, at) => [
              id,
              { power: { value: Math.sin(second + at) * 100 + 200, quality: 0, time: now } },
            ]),
          ),
          ...{ consumption: 500 + second, grid: 400 + second, generation: 100 },
          carbon: { rate: 300 + second },
          alarms: { open: 0, fresh: 0, critical: 0, change: 0 },
        };
        await page.evaluate(
          (data) =>
            (globalThis as unknown as { live: EventTarget }).live.dispatchEvent(new MessageEvent('frame', { data })),
          JSON.stringify(frame),
        );
      };
      await send(0);
      await page.locator('[data-meter=m999][data-state=fresh]').waitFor();
      const seconds = 8;
      const worked = await stopwatch(page);
      const [before, began] = [await worked(), performance.now()];
      for (let second = 1; second <= seconds; second++) {
        await send(second);
        await page.waitForTimeout(Math.max(0, began + second * 1_000 - performance.now()));
      }
      const after = await worked();
      const lasted = (performance.now() - began) / 1_000;
      const [busy, computed] = [after.busy - before.busy, after.computed - before.computed].map((one) => one / lasted);
      one.diagnostic(`1 000 points a second: ${percent(busy)} of the main thread, of a core ${percent(computed)}`);
      assert.ok((busy ?? 1) < 0.9);
      assert.equal(
        await page.locator('[data-meter=m0] .number').innerText(),
        (Math.sin(seconds) * 100 + 200).toFixed(1),
      );
      await tab.close();
    },
  );
});
