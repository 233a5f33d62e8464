// Reports that nobody asks for: made when they are due by the plant's clock, made up for once, kept, posted, and written down.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { day, hour } from '../../core/calendar.ts';
import { sha256 } from '../../core/canonical.ts';
import { type ReportSchedule, reportSchedule } from '../../core/config/report-schema.ts';
import { FakeClock } from '../../core/fake-clock.ts';
import { silentLog } from '../../core/log.ts';
import { site } from '../../scoring/golden.fixture.ts';
import { ledgerOf, software, storeOf } from '../golden.fixture.ts';
import type { Workshop } from '../make.ts';
import { deliver } from './deliver.ts';
import { historyOf, keepReports, keptReport, runDue, runReport, scheduledIn } from './keeper.ts';
import { lastUpTo, nextAfter } from './schedule.ts';

const monthly = { report: 'energy', period: 'month', language: 'zh', format: 'html', at: '0 7 1 * *' } as const;
const never = new AbortController().signal;

function shop(t: TestContext, at: number, ...reports: ReportSchedule[]): Workshop & { clock: FakeClock } {
  const dataFolder = mkdtempSync(join(tmpdir(), 'tanbiao-reports-'));
  t.after(() => rmSync(dataFolder, { recursive: true, force: true }));
  const clock = new FakeClock(at);
  return { site: { ...site, reports }, dataFolder, store: storeOf({}), ledger: ledgerOf({}), clock, software };
}

/** 1 November 2025, 7:00 in Shanghai. */
const due = Date.UTC(2025, 9, 31, 23);

test('a schedule follows the clock of the plant, not of the machine', () => {
  assert.equal(nextAfter('0 7 1 * *', 'Asia/Shanghai', due - 1), due);
  assert.equal(lastUpTo('0 7 1 * *', 'Asia/Shanghai', due), due);
  assert.equal(lastUpTo('0 7 1 * *', 'Asia/Shanghai', due - 1_000), Date.UTC(2025, 8, 30, 23));
  assert.equal(
    scheduledIn({ reports: [monthly], timezone: 'Asia/Shanghai' }, due - 1)[0]?.next,
    '2025-11-01T07:00+08:00',
  );
});

test('a month is reported when it is over; what was missed is made up for once, the newest of it', async (t) => {
  const plant = shop(t, due - hour, monthly);
  assert.deepEqual(await runDue(plant, never), []);
  assert.deepEqual(historyOf(plant.dataFolder), []);
  await plant.clock.advance(hour);
  const [run] = await runDue(plant, never);
  assert.deepEqual([run?.outcome, run?.period, run?.reason], ['made', '2025-10', null]);
  assert.equal(sha256(readFileSync(run?.file ?? '')), run?.sha256);
  assert.deepEqual(await runDue(plant, never), []);
  await plant.clock.advance(75 * day); // the machine was off on 1 December and on 1 January
  assert.deepEqual(
    (await runDue(plant, never)).map(({ period }) => period),
    ['2025-12'],
  );
  assert.deepEqual(await runDue(plant, never), []);
  assert.deepEqual(
    historyOf(plant.dataFolder).map(({ period }) => period),
    ['2025-10', '2025-12'],
  );
});

test('what was made is had again as it was made, until it is altered, moved or made anew', async (t) => {
  const plant = shop(t, due, monthly);
  const { dataFolder } = plant;
  const make = () => runReport(plant, monthly, due, never);
  const kept = () => historyOf(dataFolder).map(({ kept }) => kept);
  const first = await make();
  const { name, type, content } = keptReport(dataFolder, first.sha256 ?? '');
  assert.deepEqual([name, type], ['golden-energy-2025-10.zh.html', 'text/html; charset=utf-8']);
  assert.deepEqual(content, readFileSync(first.file ?? ''));
  await plant.clock.advance(day);
  const second = await make();
  assert.notEqual(second.sha256, first.sha256);
  assert.deepEqual(kept(), [false, true]);
  assert.throws(() => keptReport(dataFolder, first.sha256 ?? ''), { code: 'report_unknown' });
  appendFileSync(second.file ?? '', ' ');
  assert.throws(() => keptReport(dataFolder, second.sha256 ?? ''), { code: 'report_unknown' });
  rmSync(second.file ?? '');
  assert.deepEqual(kept(), [false, false]);
});

test('what cannot be made is written down with its reason, and a history that a crash cut off is read on', async (t) => {
  const yearly = { ...monthly, period: 'year', at: '0 7 1 11 *' } as const;
  const plant = shop(t, due - hour, { ...yearly, folder: '/dev/null/nowhere' });
  await runDue(plant, never);
  appendFileSync(join(plant.dataFolder, 'reports', 'history.jsonl'), '{"schedule":"cut o');
  await plant.clock.advance(hour);
  const [run] = await runDue(plant, never);
  assert.equal(run?.outcome, 'failed');
  assert.match(run?.reason?.en ?? '', /ENOTDIR|not a directory/);
  assert.equal(historyOf(plant.dataFolder).length, 1);
  assert.deepEqual(await runDue(plant, never), []);
});

type Posted = { headers: IncomingHttpHeaders; body: Buffer };

async function receiver(t: TestContext, ...statuses: number[]): Promise<{ url: string; posted: Posted[] }> {
  const posted: Posted[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    posted.push({ headers: request.headers, body: Buffer.concat(pieces) });
    response.writeHead(statuses[posted.length - 1] ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/reports`, posted };
}

/** Waits take no time. */
const hurried = (clock: FakeClock) => ({ ...clockOf(clock), sleep: async () => undefined });
const clockOf = (clock: FakeClock) => ({
  now: () => clock.now(),
  monotonic: () => clock.monotonic(),
  after: clock.after.bind(clock),
});

test('a webhook gets the file whole, with its digest, again while it cannot take it, and not when it refuses', async (t) => {
  const busy = await receiver(t, 503, 429, 204);
  const plant = shop(t, due - hour, { ...monthly, webhook: busy.url });
  await runDue(plant, never);
  await plant.clock.advance(hour);
  const [run] = await runDue({ ...plant, clock: hurried(plant.clock) }, never);
  assert.deepEqual([run?.outcome, run?.delivery, busy.posted.length], ['made', 'HTTP 204', 3]);
  const last = busy.posted.at(-1);
  assert.equal(sha256(last?.body ?? Buffer.alloc(0)), last?.headers['x-tanbiao-sha256']);
  assert.match(last?.headers['content-disposition'] ?? '', /golden-energy-2025-10\.zh\.html/);

  const refusing = await receiver(t, 403);
  const again = shop(t, due - hour, { ...monthly, webhook: refusing.url });
  await runDue(again, never);
  await again.clock.advance(hour);
  const [refused] = await runDue({ ...again, clock: hurried(again.clock) }, never);
  assert.deepEqual([refused?.outcome, refusing.posted.length], ['made', 1]);
  assert.match(refused?.delivery ?? '', /HTTP 403; the file is kept here/);
});

test('the pauses before another try grow and are never all alike', async (t) => {
  const down = await receiver(t, 500, 500, 500, 500, 500);
  const slept: number[] = [];
  const clock = { ...clockOf(new FakeClock()), sleep: async (wait: number) => void slept.push(wait) };
  const parcel = { url: down.url, name: 'x', type: 'text/plain', sha256: '', bytes: Buffer.from('x') };
  await assert.rejects(
    deliver(parcel, clock, never, () => 0.5),
    { code: 'webhook_failed' },
  );
  assert.deepEqual(slept, [2_000, 4_000, 8_000, 16_000]);
});

test('beside a plant the reports are looked after until it ends', async (t) => {
  const plant = shop(t, due - hour, monthly);
  const stop = new AbortController();
  const keeping = keepReports(plant, silentLog, stop.signal);
  for (let round = 0; round < 60_000 && historyOf(plant.dataFolder).length === 0; round++) {
    await plant.clock.advanceToNext();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  stop.abort();
  await keeping;
  assert.deepEqual(
    historyOf(plant.dataFolder).map(({ period, at }) => [period, at]),
    [['2025-10', '2025-11-01T07:00:00+08:00']],
  );
});

test('docs/snapshots.md: the reports of its example can be planned', () => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/snapshots.md'), 'utf8');
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(document) ?? [];
  const { reports } = parse(example) as { reports: unknown[] };
  assert.equal(reports.length, 2);
  for (const one of reports) assert.notEqual(nextAfter(reportSchedule.parse(one).at, 'Asia/Shanghai', due), null);
});

test('a schedule that cannot be is refused with an example', () => {
  const problems = (change: object) => reportSchedule.safeParse({ ...monthly, ...change }).error?.issues.length ?? 0;
  assert.equal(problems({}), 0);
  for (const change of [
    { at: 'daily' },
    { at: '0 7 1 *' },
    { report: 'annual' },
    { webhook: 'ftp://x' },
    { format: 'doc' },
  ])
    assert.equal(problems(change), 1, JSON.stringify(change));
});
