// Measures open pages: twenty tabs over a running plant for as long as is said; the memory of the server and of each tab.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { type BenchRow, median, report, residentMegabytes, row, slopeOf } from '../bin/bench-report.ts';
import { minute } from '../core/calendar.ts';
import { launch } from './browser.fixture.ts';
import { screens } from './screens.fixture.ts';

const at = process.argv.indexOf('--minutes');
const minutes = at < 0 ? 3 : Number(process.argv[at + 1]);
const tabs = 20;
const between = (minutes * minute) / 60;
const folder = mkdtempSync(join(tmpdir(), 'tanbiao-pages-'));

/** The plant in a process of its own, so that its memory is its own, too. */
async function startPlant() {
  const program = join(import.meta.dirname, '../bin/tanbiao.ts');
  const args = ['demo', '--site', 'golden', '--data', folder, '--port', '0', '--lang', 'en'];
  const server = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(server.stdout)) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url !== undefined) return { server, url };
  }
  throw new Error('the plant did not start');
}

/** The slope of the run without its beginning, when caches fill. */
function grown(name: string, values: readonly number[]): BenchRow[] {
  const settled = values.slice(Math.floor(values.length / 4));
  const perMinute = (slopeOf(settled) * minute) / between;
  return [
    row(name, 'MB', settled),
    row('  its slope', 'MB/min', [perMinute], {
      against: 'of the median an hour',
      ratio: (perMinute * 60) / median(settled),
    }),
  ];
}

const { server, url } = await startPlant();
const browser = await launch();
try {
  const sessions = [];
  for (let tab = 0; tab < tabs; tab++) {
    const page = await browser.newPage();
    const { view } = screens[tab % screens.length] as (typeof screens)[number];
    await page.goto(`${url}/?view=${view}&lang=zh&year=2025`);
    await page.locator('main').first().waitFor({ timeout: minute });
    sessions.push(await page.context().newCDPSession(page));
  }
  const [ofServer, ofTabs, nodes]: number[][] = [[], [], []];
  for (let round = 0; round <= 60; round++) {
    let [heap, elements] = [0, 0];
    for (const session of sessions) {
      await session.send('HeapProfiler.collectGarbage');
      heap += (await session.send('Runtime.getHeapUsage')).usedSize / 2 ** 20;
      elements += (await session.send('Memory.getDOMCounters')).nodes;
    }
    ofTabs?.push(heap);
    nodes?.push(elements);
    ofServer?.push(residentMegabytes(server.pid as number));
    await setTimeout(between);
  }
  report([
    ...grown(`${tabs} tabs open for ${minutes} min: memory of the server`, ofServer ?? []),
    ...grown('memory of the scripts of all tabs, after collecting garbage', ofTabs ?? []),
    row('nodes of all tabs at the beginning and at the end', 'nodes', [nodes?.[0] as number, nodes?.at(-1) as number]),
  ]);
} finally {
  await browser.close();
  server.kill('SIGTERM');
  await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
}
