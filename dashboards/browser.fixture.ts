// Owns the golden plant in a real browser: a page of it, what it complains about, and its pictures.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { runSite } from '../bin/run-site.ts';
import { software } from '../bin/software.ts';
import { temporarySite } from '../bin/temporary-site.ts';
import { hour } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import { findProgram } from '../core/real-programs.ts';
import { sealYear } from '../snapshot/make.ts';

const { path: executablePath, skip } = findProgram('chromium');
/** Why the browser's tests do not run, if they do not. */
export const noBrowser = skip;
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Headless, and silent on the network: a browser looks for its maker at every start. */
export const launch = (): Promise<Browser> =>
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

/** How long a machine may take that has much else to do: what a page never shows is missing. */
const patience = 120_000;

/** Parts of a screen come when their question is answered, each at its time. */
export async function assertSays(place: Locator, words: RegExp): Promise<void> {
  for (const end = performance.now() + patience; ; await pause(50)) {
    const text = await place.innerText();
    if (words.test(text)) return;
    if (performance.now() > end) assert.match(text, words);
  }
}

/** A browser tells its noise beside what it shows. */
export async function takeNoise(noise: string[], words: RegExp): Promise<void> {
  for (const end = performance.now() + patience; !noise.some((one) => words.test(one)); await pause(50))
    assert.ok(performance.now() < end, `${words} was not said, but: ${noise}`);
  for (const one of noise.splice(0)) assert.match(one, words);
}

export async function seriousViolations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe });
  const result = await page.evaluate('axe.run()');
  return (result as { violations: Violation[] }).violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** An alarm that is there whatever the plant does. */
const alwaysOn = `# By hand
rules:
  - {id: always, name: {zh: 示例告警, en: Sample alarm}, kind: threshold, severity: critical, meter: main, point: power, below: 1000000, hold: 0s}
`;

/** Planned for a moment that the tests do not reach: somebody makes it by hand. */
const monthly = { report: 'energy', period: 'month', language: 'en', format: 'xlsx', at: '0 7 29 2 *' } as const;

export async function goldenInBrowser(context: TestContext, { sealed = false, step = hour } = {}) {
  const { context: site, siteFolder, beforeItGoes } = temporarySite(context, 'golden');
  site.site = { ...site.site, reports: [monthly] };
  writeFileSync(join(siteFolder, 'alarms.yaml'), alwaysOn);
  const running = await runSite(site, { signal: new AbortController().signal, port: 0, step });
  beforeItGoes(() => running.stop());
  const { store, ledger } = running;
  const shop = { site: site.site, dataFolder: site.dataFolder, store, ledger, clock: systemClock, software };
  if (sealed) await sealYear(shop, 2025);
  const browser = await launch();
  browser.on('context', (tab) => tab.setDefaultTimeout(patience));
  beforeItGoes(() => browser.close());
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
  /** Where somebody wants to look at it: TANBIAO_SCREENSHOTS names the folder. */
  const picture = async (page: Page, name: string) => {
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  };
  return { running, siteFolder, browser, url, open, picture };
}
