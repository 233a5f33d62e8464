// Alarms of a running plant: from its registers, its store and its refused messages to the page's routes and a webhook, and over a restart.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { runSite } from '../../bin/run-site.ts';
import { daysAgo, temporarySite } from '../../bin/temporary-site.ts';
import type { AlarmHistory, AlarmList, DryRun, RuleList, ShownAlarm } from './answers.ts';
import type { Message } from './delivery.ts';

const rules = (webhook: string) => `
builtin:
  meter_silent: {hold: 0s, release: 0s}
  gateway_offline: {hold: 0s, release: 0s}
rules:
  - {id: high, name: {zh: 高, en: high}, kind: threshold, severity: critical, meter: main, point: power, above: 20000, clear: 10000, hold: 0s, release: 0s}
  - {id: base, name: {zh: 基荷, en: base}, kind: base_load, meter: workshop, below: 1000000, from: 0, to: 24, hold: 0s}
  - {id: demand, name: {zh: 需量, en: demand}, kind: demand, meter: workshop, below: 1000000, hold: 0s}
webhooks:
  - {id: ops, url: "${webhook}", severities: [critical], rules: [high, gateway_offline]}
`;

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = performance.now() + 300_000; ; ) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(performance.now() < end, `${what}: not within five minutes`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('alarms of a running plant', async (context) => {
  const taken: Message[] = [];
  const receiver = createServer(async (request, response) => {
    taken.push(JSON.parse((await request.toArray()).join('')) as Message);
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  const { siteFolder, context: site, beforeItGoes } = temporarySite(context, 'golden', { start: daysAgo(3) });
  const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  writeFileSync(join(siteFolder, 'alarms.yaml'), rules(hook));
  const { signal } = new AbortController();
  let running = await runSite(site, { signal, port: 0 });
  beforeItGoes(() => running.stop());
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${running.dashboards?.url}/api/${path}`, { headers: { 'Accept-Language': 'en' } });
    return (await response.json()) as T;
  };
  const opened = async (name: string): Promise<ShownAlarm | undefined> =>
    (await get<AlarmList>('alarms')).open.find(({ rule, object }) => `${rule}/${object.id}` === name);
  const isOpen = (name: string) => until(`${name} open`, () => opened(name));
  const isGone = (name: string) => until(`${name} gone`, async () => ((await opened(name)) ? undefined : true));

  await context.test('a register over its level raises an alarm and sends it; well again, it is history', async () => {
    const device = running.plant?.devices.get('main');
    await until('main is read', () => running.dashboards?.live.frame().meters.main?.power);
    assert.equal(await opened('high/main'), undefined);
    const watts = 50_000_000; // far above what the plant uses at any hour
    device?.overrides.set(36, watts >>> 16).set(37, watts & 0xffff);
    const alarm = await isOpen('high/main');
    assert.deepEqual([alarm.value, alarm.limit, alarm.state], [50_000, 20_000, 'active']);
    assert.ok((running.dashboards?.live.frame().alarms.critical ?? 0) >= 1);
    const message = await until('a message', () => taken.find(({ alarm: { rule } }) => rule === 'high'));
    assert.deepEqual([message.event, message.site, message.alarm.id], ['raised', 'golden', alarm.id]);
    device?.overrides.clear();
    await isGone('high/main');
    const { items } = await get<AlarmHistory>('alarms/history?limit=200');
    const past = items.find(({ id }) => id === alarm.id);
    assert.ok(past?.state === 'cleared' && (past.cleared ?? 0) >= alarm.first);
    const now = Date.now();
    const marks = await get<ShownAlarm[]>(`alarms/of-meter?meter=main&start=${now - 3_600_000}&end=${now + 60_000}`);
    assert.ok(marks.some(({ id }) => id === alarm.id));
  });

  await context.test('the newest quarter, and the coverage of the year, speak from the store', async () => {
    await isOpen('base/workshop');
    await isOpen('demand/workshop');
    const coverage = await isOpen('coverage_low/golden');
    assert.ok((coverage.value ?? 100) < 90, 'three days of a year are not enough');
  });

  await context.test(
    'a dead server is a silent meter; when all are silent it is one alarm of the gateway',
    async () => {
      await running.plant?.servers.get('boiler-house')?.stop();
      await isOpen('meter_silent/gas-main');
      assert.equal(await opened('meter_silent/main'), undefined);
      const faults = running.plant?.faults;
      faults?.get('switchroom')?.set(1, { silent: true });
      faults?.get('switchroom')?.set(2, { silent: true });
      faults?.get('roof')?.set(126, { silent: true });
      await until('all inside', async () =>
        (await opened('gateway_offline/gw-1'))?.inside.length === 4 ? true : undefined,
      );
      assert.equal(await opened('meter_silent/gas-main'), undefined, 'not beside it');
      faults?.get('switchroom')?.clear();
      faults?.get('roof')?.clear();
      await isGone('gateway_offline/gw-1');
      await isOpen('meter_silent/gas-main');
      await running.plant?.servers.get('boiler-house')?.start();
      await isGone('meter_silent/gas-main');
    },
  );

  await context.test('only an operator takes note and shelves; both need what they need', async () => {
    const { id } = await isOpen('base/workshop');
    const access = running.dashboards?.access;
    const now = Date.now();
    const headersOf = (role: 'viewer' | 'operator') => {
      access?.users.add({ name: role, role, expires: null }, now);
      const made = access?.tokens.make({ user: role, name: 'test', role, onlyReads: false, expires: null }, role, now);
      return { authorization: `Bearer ${made?.secret}`, 'Accept-Language': 'en' };
    };
    const [viewer, operator] = [headersOf('viewer'), headersOf('operator')];
    const post = async (path: string, body: unknown, headers: Record<string, string>) => {
      const response = await fetch(`${running.dashboards?.url}/api/alarms/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as ShownAlarm & { detail?: string } };
    };
    const statuses = [
      (await post(`${id}/ack`, { note: 'x' }, {})).status,
      (await post(`${id}/ack`, { note: 'x' }, viewer)).status,
      (await post('999999/ack', { note: 'x' }, operator)).status,
      (await post(`${id}/shelve`, { until: now + 60_000, reason: ' ' }, operator)).status,
      (await post(`${id}/shelve`, { until: now - 1, reason: 'x' }, operator)).status,
      (await post(`${id}/shelve`, { until: now + 31 * 86_400_000, reason: 'x' }, operator)).status,
    ];
    assert.deepEqual(statuses, [401, 403, 404, 400, 400, 400]);
    const noted = await post(`${id}/ack`, { note: 'known, being mended' }, operator);
    assert.equal(noted.status, 200, noted.body.detail);
    assert.deepEqual([noted.body.state, noted.body.acknowledged?.by], ['acknowledged', 'operator']);
    assert.equal(
      (await post(`${id}/shelve`, { until: now + 3_600_000, reason: 'rebuilt' }, operator)).body.state,
      'shelved',
    );
    assert.deepEqual(
      (await get<AlarmList>('alarms')).shelved.map((one) => one.id),
      [id],
    );
    assert.equal((await post(`${id}/unshelve`, {}, operator)).body.state, 'acknowledged');
  });

  await context.test(
    'a rule is tried over what is stored, also with another level; what cannot be tried says so',
    async () => {
      const { rules: all, webhooks } = await get<RuleList>('alarms/rules');
      assert.ok(all.some(({ id }) => id === 'high') && all.some(({ id }) => id === 'certificate_expiry'));
      assert.equal(webhooks[0]?.failure, null);
      const never = await get<DryRun>('alarms/rules/high/dry-run?days=3&above=100000&clear=90000');
      assert.deepEqual(never.firings, []);
      const often = await get<DryRun>('alarms/rules/demand/dry-run?days=3');
      assert.ok(often.firings.length >= 1);
      assert.match((await get<{ detail: string }>('alarms/rules/clock_wrong/dry-run')).detail, /cannot be tried/);
      assert.match((await get<{ detail: string }>('alarms/rules/nothing/dry-run')).detail, /there is no rule/);
    },
  );

  await context.test(
    'alarms.yaml is followed: a manager switches a rule off and on, a bad file leaves the rules before and says where it is wrong',
    async () => {
      const access = running.dashboards?.access;
      const put = async (rule: string, change: unknown, role: 'operator' | 'manager') => {
        if (access?.users.find(role) === undefined) access?.users.add({ name: role, role, expires: null }, Date.now());
        const token = { user: role, name: 'rules', role, onlyReads: false, expires: null };
        const { secret } = access?.tokens.make(token, role, Date.now()) ?? {};
        const response = await fetch(`${running.dashboards?.url}/api/alarms/rules/${rule}`, {
          method: 'PUT',
          headers: { 'Content-Type': 'application/json', authorization: `Bearer ${secret}`, 'Accept-Language': 'en' },
          body: JSON.stringify(change),
        });
        return { status: response.status, body: (await response.json()) as RuleList };
      };
      await isOpen('demand/workshop');
      assert.equal((await put('demand', { off: true }, 'operator')).status, 403);
      const { status, body } = await put('demand', { off: true, level: 2_000_000 }, 'manager');
      assert.equal(status, 200, JSON.stringify(body));
      const shown = body.rules.find(({ id }) => id === 'demand');
      assert.deepEqual([shown?.off, shown?.level?.below], [true, 2_000_000]);
      await isGone('demand/workshop');
      const [deed] = access?.deeds.before(Number.MAX_SAFE_INTEGER, 1) ?? [];
      assert.match(JSON.stringify(deed), /manager.*PUT \/api\/alarms\/rules.*demand level 2000000 off true/);
      const file = join(siteFolder, 'alarms.yaml');
      const sound = readFileSync(file, 'utf8');
      writeFileSync(file, sound.replace('kind: demand', 'kind: demnd'));
      const told = await until('what is wrong', async () => (await get<RuleList>('alarms/rules')).problems[0]);
      assert.match(told.at, /^alarms\.yaml:\d+:\d+$/);
      assert.ok((await opened('base/workshop')) ?? (await get<AlarmList>('alarms')).shelved.length > 0);
      writeFileSync(file, sound.replace(', off: true', ''));
      await isOpen('demand/workshop');
      assert.deepEqual((await get<RuleList>('alarms/rules')).problems, []);
    },
  );

  await context.test(
    'after a restart an alarm is the same; what was lost and refused meanwhile raises its own',
    async () => {
      const before = await isOpen('base/workshop');
      const at = Date.now();
      await running.store.commit([
        {
          ...{ gateway: 'gw-1', epoch: 1_000, seq: 1, series: [], index: [], time: [], value: [], quality: [] },
          lost: [
            { reason: 'spool_full', kind: 'states', readings: 7, from: at - 60_000, to: at - 1_000, batches: null },
          ],
        },
      ]);
      const refused = { at, topic: 'x', reason: '', payload: new Uint8Array() };
      running.chain.ingest.refused.keep({ ...refused, code: 'clock_future' });
      running.chain.ingest.refused.keep({ ...refused, code: 'message_data' });
      await running.stop();
      running = await runSite(site, { signal, port: 0 });
      const after = await isOpen('base/workshop');
      assert.deepEqual([after.id, after.first, after.acknowledged], [before.id, before.first, before.acknowledged]);
      assert.equal((await isOpen('readings_lost/gw-1')).value, 7);
      assert.equal((await isOpen('clock_wrong/golden')).value, 1);
      assert.equal((await isOpen('messages_refused/golden')).value, 1);
    },
  );
});
