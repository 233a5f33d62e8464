// One process as it runs at a plant: what a register shows is on the page, and what dies does so alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerLink } from '../core/broker-link.ts';
import { hour } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import { silentLog } from '../core/log.ts';
import type { PointId } from '../core/points.ts';
import { seriesName } from '../core/sample.ts';
import { topicOf } from '../core/wire.ts';
import type { LiveFrame } from '../dashboards/live-frame.ts';
import { brokerOf } from './commands/services.ts';
import { type RunningSite, runSite } from './run-site.ts';
import { daysAgo, temporarySite } from './temporary-site.ts';

/** The newest frame of the page's own stream. */
async function follow(url: string, signal: AbortSignal) {
  const response = await fetch(`${url}/api/live`, { signal });
  const state: { frame: LiveFrame | undefined; at: number; count: number } = { frame: undefined, at: 0, count: 0 };
  const reading = (async () => {
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk);
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data === undefined) continue;
        state.frame = JSON.parse(data) as LiveFrame;
        state.at = performance.now();
        state.count++;
      }
    }
  })().catch((error) => {
    if (!signal.aborted) throw error;
  });
  return { state, reading };
}

async function until(what: string, patience: number, reached: () => boolean): Promise<number> {
  const start = performance.now();
  while (performance.now() - start < patience) {
    if (reached()) return performance.now() - start;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return assert.fail(`${what}: not within ${patience} ms`);
}

test('a running site, from its registers to its page and back to its files', async (context) => {
  const { context: site, beforeItGoes } = temporarySite(context, 'golden', { start: daysAgo(3) });
  const stop = new AbortController();
  let running: RunningSite = await runSite(site, { signal: stop.signal, port: 0 });
  beforeItGoes(() => running.stop());
  const url = running.dashboards?.url ?? '';
  const done = new AbortController();
  const { state, reading } = await follow(url, done.signal);
  const newest = (meter: string, point: PointId) => state.frame?.meters[meter]?.[point];
  const fresh = (meter: string, point: 'power' | 'gas_flow', within: number) => {
    const one = newest(meter, point);
    return one !== undefined && one.value !== null && (state.frame?.now ?? 0) - one.time < within;
  };

  await context.test('frames come once a second, with every meter fresh', async () => {
    await until(
      'all meters fresh',
      60_000,
      () => fresh('main', 'power', 3_000) && fresh('pv-roof', 'power', 3_000) && fresh('gas-main', 'gas_flow', 6_000),
    );
    const before = state.count;
    // The seconds of this process, in which the frames are made: it may be held up.
    let seconds = 0;
    const ticking = setInterval(() => seconds++, 1_000);
    await until('three seconds', 60_000, () => seconds === 3);
    clearInterval(ticking);
    assert.ok(Math.abs(state.count - before - 3) <= 1, `${state.count - before} frames in three seconds`);
    assert.ok((state.frame?.carbon.rate ?? 0) > 0);
  });

  await context.test('a value changed in a register is on the page', async (one) => {
    const device = running.plant?.devices.get('main');
    for (const value of [1_234_567, 222_222, 777_777]) {
      device?.overrides.set(36, value >>> 16).set(37, value & 0xffff);
      // 0.5 s to the next poll, 0.25 s to the next batch, 1 s to the next frame: under 2 s on a machine that is not busy.
      const took = await until(
        `${value} W on the page`,
        60_000,
        () => newest('main', 'power')?.value === value / 1_000,
      );
      one.diagnostic(`${Math.round(took)} ms from the register to the page`);
    }
    device?.overrides.clear();
  });

  await context.test('a single reading of a foreign device is on the page; one from the future is not', async () => {
    const up = Promise.withResolvers<void>();
    const device = new BrokerLink({
      broker: brokerOf(site.site, site.dataFolder, 'gw-1'),
      clientId: 'foreign-device',
      subscribe: [],
      onMessage: () => undefined,
      onUp: up.resolve,
      clock: systemClock,
      log: silentLog,
    });
    await up.promise;
    const send = (value: number, time: number) =>
      device.publish(
        topicOf('golden', 'gw-1', 'reading'),
        JSON.stringify({ meter: 'main', point: 'water_volume', value, time }),
      );
    const now = Date.now();
    await send(9.5, now + hour);
    await send(7.25, now);
    await until('7.25 on the page', 60_000, () => newest('main', 'water_volume')?.value === 7.25);
    await device.close();
  });

  await context.test(
    'a dead OPC UA server greys its own meters within three polls, nothing else, and they come back alone',
    async () => {
      await running.plant?.servers.get('boiler-house')?.stop();
      const polls = new Set<number | undefined>();
      await until('gas is missing', 60_000, () => {
        polls.add(newest('main', 'power')?.time);
        return newest('gas-main', 'gas_flow')?.value === null;
      });
      // What is on the way to the page comes one or two frames later.
      assert.ok(polls.size <= 3 + 2, `${polls.size} polls of another meter until then`);
      assert.equal(state.frame?.carbon.rate, null);
      assert.equal(state.frame?.carbon.fuel, null);
      assert.ok((state.frame?.carbon.electricity ?? -1) >= 0);
      for (let n = 0; n < 10; n++) {
        assert.ok(
          fresh('main', 'power', 6_000) && fresh('pv-roof', 'power', 6_000) && fresh('workshop', 'power', 6_000),
          'another meter is stale',
        );
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      await running.plant?.servers.get('boiler-house')?.start();
      await until('gas is back', 120_000, () => fresh('gas-main', 'gas_flow', 6_000));
      assert.ok((state.frame?.carbon.rate ?? 0) > 0);
    },
  );

  await context.test(
    "the page gets the site, today, a score and a trace, and says in the reader's language what is wrong",
    async () => {
      const get = async (path: string, language = 'en') => {
        const response = await fetch(`${url}${path}`, { headers: { 'Accept-Language': language } });
        return { status: response.status, body: (await response.json()) as Record<string, unknown> };
      };
      assert.equal((await get('/api/site')).body.site, 'golden');
      const { sources } = (await get('/api/today')).body as { sources: { kWh: number }[] };
      assert.ok(sources.every(({ kWh }) => kWh >= 0));
      const score = await get(`/api/score/tcace/${new Date().getUTCFullYear()}`);
      assert.equal(score.status, 200);
      assert.deepEqual(
        [
          (await get('/api/score/iso/2025')).status,
          (await get('/api/slots?meter=../x&point=power&start=0&end=1')).status,
          (await get('/api/nothing')).status,
        ],
        [404, 400, 404],
      );
      assert.match(String((await get('/api/score/iso/2025', 'zh-CN')).body.detail), /没有标准包/);
      const policy = (await fetch(url)).headers.get('content-security-policy');
      assert.match(policy ?? '', /default-src 'self'/);
    },
  );

  await context.test(
    'stops within 3 s, and starts again where it stopped: nothing is filled twice, nothing is there twice',
    async () => {
      done.abort();
      await reading;
      const filled = running.filled;
      const started = performance.now();
      await running.stop();
      const stopped = performance.now();
      running = await runSite(site, { signal: stop.signal, port: 0 });
      // Where this machine needs longer than that for a start, it may need as long for a stop.
      const most = Math.max(3_000, performance.now() - stopped);
      assert.ok(stopped - started < most, `stopping took ${Math.round(stopped - started)} of ${Math.round(most)} ms`);
      assert.ok(filled > 2_000);
      assert.ok(running.filled < 40, `${running.filled} readings were filled again`);
      const everything = { start: 0, end: Number.MAX_SAFE_INTEGER };
      for (const { meter, point } of await running.store.latest()) {
        const { time } = await running.store.samples({ meter, point }, everything);
        assert.ok(
          time.every((one, row) => row === 0 || one > (time[row - 1] ?? 0)),
          `${seriesName({ meter, point })} has an instant twice`,
        );
      }
    },
  );
});
