// The page in a real browser: what a person sees, in both languages, when all is well and when something is not.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { runSite } from '../bin/run-site.ts';
import { temporarySite } from '../bin/temporary-site.ts';
import { Calendar } from '../core/calendar.ts';
import { findProgram } from '../core/real-programs.ts';

const { path: executablePath, skip } = findProgram('chromium');
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Headless, and silent on the network: a browser looks for its maker at every start. */
const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

type Violation = { id: string; impact: string; nodes: { html: string }[] };

async function seriousViolations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe });
  const result = await page.evaluate('axe.run()');
  return (result as { violations: Violation[] }).violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Each screen, what it waits for, and what it must say. The golden plant's figures are known to the last digit. */
const screens = [
  {
    view: 'now',
    ready: '.met [data-standard=tcace]',
    texts: {
      zh: ['kgCO₂e/h', '（近）零碳工厂', '今日电量流向'],
      en: ['kgCO₂e/h', '(near) zero-carbon factory', "Today's electricity"],
    },
  },
  {
    view: 'score',
    ready: '[data-indicator=ca-4]',
    texts: {
      zh: ['可再生电力消费占比', '32.34', '（近）零碳工厂'],
      en: ['renewable electricity share', '32.34', '(near) zero-carbon factory'],
    },
  },
] as const;

const looks = [
  { language: 'zh', theme: 'light', width: 1_600 },
  { language: 'en', theme: 'dark', width: 1_600 },
  { language: 'zh', theme: 'dark', width: 390 },
  { language: 'en', theme: 'light', width: 390 },
] as const;

test('the page', { skip }, async (context) => {
  const { context: site } = temporarySite(context, 'golden');
  const running = await runSite(site, { signal: new AbortController().signal, port: 0 });
  context.after(() => running.stop());
  const browser = await launch();
  context.after(() => browser.close());
  const url = running.dashboards?.url ?? '';
  const screenshots = process.env.TANBIAO_SCREENSHOTS;
  if (screenshots !== undefined) mkdirSync(screenshots, { recursive: true });

  const open = async (query: string, ready: string, width = 1_600, height = 1_000) => {
    // The page's own rules forbid scripts from outside: the checker of accessibility is one.
    const tab = await browser.newContext({ viewport: { width, height }, bypassCSP: true });
    const page = await tab.newPage();
    const noise: string[] = [];
    page.on('console', (message) => noise.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => noise.push(error.message));
    await page.goto(`${url}/?${query}`);
    await page.locator(ready).first().waitFor();
    return { page, noise, close: () => tab.close() };
  };

  for (const { view, ready, texts } of screens) {
    for (const { language, theme, width } of looks) {
      await context.test(
        `${view}, ${language}, ${theme}, ${width} px: complete, accessible, silent, and no wider than the screen`,
        async () => {
          const { page, noise, close } = await open(
            `view=${view}&lang=${language}&theme=${theme}&range=lastYear`,
            ready,
            width,
          );
          const text = await page.locator('body').innerText();
          for (const words of texts[language]) assert.ok(text.includes(words), `${words} is not in ${text}`);
          if (language === 'en')
            assert.doesNotMatch(text.replaceAll('中文', ''), /[一-龥]/, 'Chinese on the English page');
          assert.deepEqual(await seriousViolations(page), []);
          assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'scrolls sideways');
          if (screenshots !== undefined)
            await page.screenshot({
              path: join(screenshots, `${view}-${language}-${theme}-${width}.png`),
              fullPage: true,
            });
          assert.deepEqual(noise, []);
          await close();
        },
      );
    }
  }

  await context.test('a score opens down to the meter and its readings in three steps, by keyboard alone', async () => {
    const { page, noise, close } = await open('lang=zh&theme=light&view=score', '[data-indicator=ca-2]');
    await page.locator('[data-indicator=ca-2]').focus();
    await page.keyboard.press('Enter');
    const drawer = page.locator('dialog.drawer');
    await drawer.waitFor();
    assert.match(page.url(), /trace=ca-2/);
    assert.match(await drawer.innerText(), /261\.1625 tce \/ 807\.453 tce = 32\.34398782 %/);
    await drawer.locator('[data-meter-leaf="pv-roof.energy_generated"]').focus();
    await page.keyboard.press('Enter');
    await drawer.locator('.chart .u-over').first().waitFor();
    assert.match(await drawer.innerText(), /35040 个 15 分钟时段/);
    await drawer.locator('input[type=date]').first().fill('2025-03-01');
    await drawer.locator('.samples tr').nth(95).waitFor();
    assert.match(await drawer.locator('.readings').innerText(), /7,000\.00 kWh/);
    assert.match(await drawer.locator('.samples').innerText(), /kWh\s+实测/);
    const shown = await drawer.locator('.samples td:nth-child(2)').allInnerTexts();
    const { start, end } = new Calendar('Asia/Shanghai').dayOf(Date.UTC(2025, 2, 1));
    const stored = await running.store.samples({ meter: 'pv-roof', point: 'energy_generated' }, { start, end });
    assert.deepEqual(
      shown.map((cell) => Number(cell.replace(/[^0-9.]/g, ''))),
      stored.value,
      'the drawer ends at the readings that are stored',
    );
    await drawer.locator('summary').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowRight');
    assert.deepEqual(await seriousViolations(page), []);
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, 'trace.png') });
    const address = page.url();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    assert.doesNotMatch(page.url(), /trace|leaf|day/);
    await page.goto(address);
    await drawer.locator('.samples tr').nth(95).waitFor();
    assert.deepEqual(noise, []);
    await close();
  });

  await context.test(
    'the screens are reached by keyboard, the address names each, and going back goes back',
    async () => {
      const { page, noise, close } = await open('lang=en&theme=light', '[data-meter=main]');
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate('document.activeElement.className'), 'skip');
      await page.locator('nav.nav a', { hasText: 'Score' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('[data-indicator=ca-2]').waitFor();
      assert.match(page.url(), /view=score/);
      assert.equal(await page.locator('nav.nav [aria-current=page]').innerText(), 'Score');
      await page.goBack();
      await page.locator('[data-meter=main]').waitFor();
      await page.goForward();
      await page.locator('.choices button', { hasText: '2024' }).click();
      await page.locator('[data-verdict=not_assessable]').waitFor();
      assert.match(page.url(), /year=2024/);
      assert.match(await page.locator('[data-indicator=ca-2]').innerText(), /not assessable/);
      assert.deepEqual(noise, []);
      await close();
    },
  );

  await context.test('a dead server looks dead: its tile says so, the rest is live, and it comes back', async () => {
    const { page, close } = await open('lang=en&theme=light', '[data-meter=main][data-state=fresh]');
    await running.plant?.servers.get('boiler-house')?.stop();
    await page.locator('[data-meter=gas-main][data-state=missing]').waitFor({ timeout: 15_000 });
    await page.locator('[data-total=carbon].missing').waitFor();
    assert.equal(await page.locator('[data-meter=gas-main] .number').innerText(), '—');
    assert.equal(await page.locator('[data-meter=main]').getAttribute('data-state'), 'fresh');
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, 'missing.png'), fullPage: true });
    await running.plant?.servers.get('boiler-house')?.start();
    await page.locator('[data-meter=gas-main][data-state=fresh]').waitFor({ timeout: 60_000 });
    await close();
  });

  await context.test('when the server is gone, nothing on the page pretends to be live', async () => {
    const { page, close } = await open('lang=en&theme=light', '[data-meter=main][data-state=fresh]');
    await running.dashboards?.stop();
    await page.locator('.pill.offline').waitFor({ timeout: 30_000 });
    await page.locator('[data-meter=main][data-state=stale]').waitFor();
    assert.match(await page.locator('[data-meter=main]').innerText(), /read \d+ s ago/);
    await page.locator('[data-total=consumption].missing').waitFor();
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, 'offline.png'), fullPage: true });
    await close();
  });
});
