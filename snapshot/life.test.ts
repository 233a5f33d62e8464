// A plant over New Year: its year is sealed without anybody asking, whole or not at all, and corrected only by a new one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Calendar, day, hour } from '../core/calendar.ts';
import { FakeClock } from '../core/fake-clock.ts';
import type { Fault } from '../core/fault.ts';
import { createLog, type Log, silentLog } from '../core/log.ts';
import { Rational } from '../core/rational.ts';
import type { Slot } from '../core/slots.ts';
import { inputs, load, site, slots, sun } from '../scoring/golden.fixture.ts';
import { bridge, decimalOf, sideNow, sideOf } from './compare.ts';
import type { Signature } from './form.ts';
import { gatherMaterial } from './gather.ts';
import { type Change, ledgerOf, software, storeOf } from './golden.fixture.ts';
import { keepSnapshots, makeDue } from './keeper.ts';
import { plantKey } from './key.ts';
import { draftYear, sealYear, type Workshop } from './make.ts';
import { openSound } from './open.ts';
import { putOnShelf, sealedIn, shelfOf, sweepShelf } from './shelf.ts';
import { verifyBundle } from './verify.ts';
import { readZip } from './zip.ts';

const { period } = inputs();

function workshop(t: TestContext, at: number, change: Change = {}): Workshop & { clock: FakeClock; shelf: string } {
  const dataFolder = mkdtempSync(join(tmpdir(), 'tanbiao-life-'));
  t.after(() => rmSync(dataFolder, { recursive: true, force: true }));
  const clock = new FakeClock(at);
  return {
    site,
    dataFolder,
    store: storeOf(change),
    ledger: ledgerOf(change),
    clock,
    software,
    shelf: shelfOf(dataFolder),
  };
}

const read = (shelf: string, name: string) => openSound(readFileSync(join(shelf, `${name}.tanbiao`)));

/** Time passes only while the keeper sleeps. */
async function until(clock: FakeClock, reached: () => boolean): Promise<void> {
  for (let round = 0; round < 60_000 && !reached(); round++) {
    await clock.advanceToNext();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.ok(reached());
}

test('the year is sealed by itself when its grace is over, and not before; a draft tells of it in the meantime', async (t) => {
  const shop = workshop(t, period.end - 2 * hour);
  const stop = new AbortController();
  const keeping = keepSnapshots(shop, createLog('test', 'error'), stop.signal);
  await until(shop.clock, () => existsSync(join(shop.shelf, 'draft-2025-12.tanbiao')));
  assert.deepEqual(sealedIn(shop.shelf), []);
  await until(shop.clock, () => sealedIn(shop.shelf).length === 1);
  assert.equal(new Calendar(site.timezone).formatDay(shop.clock.now()), '2026-01-16');
  stop.abort();
  await keeping;
  const { snapshot, hash } = read(shop.shelf, '0001-2025');
  const cited = shop.ledger.current().at(-1)?.entry;
  assert.deepEqual(cited, {
    ...{ kind: 'seal', id: 'seal-1-2025', sha256: hash },
    ...{ from: '2025-01-01', to: '2025-12-31' },
  });
  assert.deepEqual([snapshot.state, snapshot.number, snapshot.previous], ['sealed', 1, null]);
  assert.equal(read(shop.shelf, 'draft-2025-12').snapshot.state, 'draft');
  assert.equal(statSync(join(shop.shelf, '0001-2025.tanbiao')).mode & 0o222, 0);
});

test('of two years that are sealed at once one takes the next place in the chain, and the other is told to be asked for again', async (t) => {
  const shop = workshop(t, period.end + 100 * day);
  const { start } = new Calendar(site.timezone).year(2024);
  const shift = period.start - start;
  const slots: Workshop['store']['slots'] = async (keys, resolution, asked) =>
    asked.start >= period.start
      ? shop.store.slots(keys, resolution, asked)
      : (await shop.store.slots(keys, resolution, { start: asked.start + shift, end: asked.end + shift })).map((list) =>
          list.map((slot) => ({ ...slot, start: slot.start - shift })),
        );
  const both = { ...shop, site: { ...site, packs: ['tcace'] }, store: { ...shop.store, slots } };
  const ends = await Promise.allSettled([sealYear(both, 2024), sealYear(both, 2025)]);
  const [sealed] = sealedIn(shop.shelf);
  assert.equal(sealedIn(shop.shelf).length, 1);
  const refused = ends.flatMap((end) => (end.status === 'rejected' ? [(end.reason as Fault).code] : []));
  assert.deepEqual(refused, ['snapshot_taken']);
  await sealYear(both, sealed?.year === 2025 ? 2024 : 2025);
  assert.deepEqual(
    sealedIn(shop.shelf).map(({ number }) => number),
    [1, 2],
  );
});

test('a machine that was off over New Year makes up for it, once', async (t) => {
  const shop = workshop(t, period.end + 100 * day);
  assert.equal((await makeDue(shop)).length, 1);
  assert.deepEqual(await makeDue(shop), []);
});

test('where the site says since when, the years before are sealed in their order, once', async (t) => {
  const shop = workshop(t, period.end + 100 * day);
  const twoYears: Workshop['store'] = {
    ...shop.store,
    slots: async (keys, resolution, { start, end }) =>
      start >= period.start
        ? shop.store.slots(keys, resolution, { start, end })
        : (await shop.store.slots(keys, resolution, period)).map((list) =>
            list.map((slot) => ({ ...slot, start: slot.start - 365 * day })).filter((slot) => slot.start >= start),
          ),
  };
  const since = { ...shop, store: twoYears, site: { ...site, snapshots: { ...site.snapshots, since: 2024 } } };
  const made = await makeDue(since);
  assert.deepEqual(
    made.map(({ snapshot }) => [snapshot.number, snapshot.period.year]),
    [
      [1, 2024],
      [2, 2025],
    ],
  );
  assert.equal(made[1]?.snapshot.previous, made[0]?.hash);
  assert.deepEqual(await makeDue(since), []);
});

test('a year is sealed once; it is not sealed before it ends, nor without readings', async (t) => {
  const shop = workshop(t, period.end - day);
  await assert.rejects(sealYear(shop, 2025), { code: 'year_open' });
  await shop.clock.advance(2 * day);
  await assert.rejects(sealYear(shop, 2025, { cause: 'x', by: 'x' }), { code: 'nothing_to_correct' });
  await sealYear(shop, 2025);
  await assert.rejects(sealYear(shop, 2025), { code: 'year_sealed' });
  const empty = Object.fromEntries([...inputs().slots.keys()].map((name): [string, Slot[]] => [name, []]));
  await assert.rejects(sealYear({ ...workshop(t, period.end + day), store: storeOf({ slots: empty }) }, 2025), {
    code: 'year_empty',
  });
});

/** One day of the main meter was read too low and comes in late. */
const lateDay = slots((h) => Math.max(0, load(h) - sun(h))).map((slot, index) =>
  index < 24 ? { ...slot, value: slot.value + 1_234 } : slot,
);
const late: Change = { slots: { 'main.energy_import': lateDay } };

test('late data leave the sealed file as it is; a correction names its cause and follows it in the chain', async (t) => {
  const shop = workshop(t, period.end + day);
  const { file, hash } = await sealYear(shop, 2025);
  const before = readFileSync(file);
  await assert.rejects(sealYear(shop, 2025, { cause: 'nothing', by: 'x' }), { code: 'nothing_changed' });
  const corrected = await sealYear({ ...shop, store: storeOf(late) }, 2025, {
    cause: '1 January came late',
    by: 'Wang',
  });
  assert.ok(readFileSync(file).equals(before));
  const { snapshot } = read(shop.shelf, '0002-2025');
  assert.equal(snapshot.previous, hash);
  assert.deepEqual(snapshot.correction, { of: hash, cause: '1 January came late', by: 'Wang', day: '2026-01-02' });
  const sides = [read(shop.shelf, '0001-2025'), read(shop.shelf, '0002-2025')].map(sideOf);
  const changes = bridge(sides);
  const grid = changes.find(({ id }) => id === 'grid_import');
  assert.deepEqual(grid?.steps, [
    { causes: ['data_correction'], detail: { zh: '读数', en: 'readings' }, change: '29.616' },
  ]);
  assert.equal(corrected.snapshot.number, 2);
  const asNow = await gatherMaterial(shop.site, 2025, storeOf(late), shop.ledger, shop.dataFolder);
  const would = bridge([sideOf(read(shop.shelf, '0001-2025')), sideNow(asNow)]).find(({ id }) => id === 'grid_import');
  assert.deepEqual([would?.to, would?.steps?.map(({ change }) => change)], [4_745_029.616, ['29.616']]);
});

test('a meter at another address, or known better since, changes nothing of a sealed year', async (t) => {
  const shop = workshop(t, period.end + day);
  const at = (source: string, modulus: number | null): Workshop => ({
    ...shop,
    store: {
      ...shop.store,
      facts: async () => [
        {
          ...{ meter: 'main', point: 'energy_import', template: 'x', source },
          ...{ modulus, maxPerHour: null, installations: [] },
        },
      ],
    },
  });
  const { snapshot } = await sealYear(at('tcp://10.0.0.7:502 unit 1 register 62', null), 2025);
  assert.match(JSON.stringify(snapshot), /10\.0\.0\.7/);
  await assert.rejects(
    sealYear(at('tcp://10.0.0.9:502 unit 1 register 62', 42_949_672.96), 2025, { cause: 'moved', by: 'x' }),
    {
      code: 'nothing_changed',
    },
  );
});

test('a plant that lives over New Year seals the same bytes as another with the same data; only the time of signing is its own', async (t) => {
  const sealedBy = async (at: number, key?: string) => {
    const shop = workshop(t, at);
    if (key !== undefined) {
      mkdirSync(join(shop.dataFolder, 'keys'));
      writeFileSync(join(shop.dataFolder, 'keys', 'snapshot.pem'), key, { mode: 0o600 });
    }
    const stop = new AbortController();
    const keeping = keepSnapshots(shop, silentLog, stop.signal);
    await until(shop.clock, () => sealedIn(shop.shelf).length === 1);
    stop.abort();
    await keeping;
    return { shop, entries: readZip(readFileSync(join(shop.shelf, '0001-2025.tanbiao'))) };
  };
  const one = await sealedBy(period.end + 14 * day + 20 * hour);
  const pem = readFileSync(join(one.shop.dataFolder, 'keys', 'snapshot.pem'), 'utf8');
  const other = await sealedBy(period.end + 40 * day, pem);
  const differing = one.entries.filter(
    ({ bytes }, index) => !Buffer.from(bytes).equals(Buffer.from(other.entries[index]?.bytes ?? [])),
  );
  assert.deepEqual(
    differing.map(({ name }) => name),
    ['signature.json'],
  );
  const said = [one, other].map(({ entries }) => {
    const { at: _, signature: __, ...rest } = JSON.parse(String(entries[0]?.bytes)) as Signature;
    return rest;
  });
  assert.deepEqual(said[0], said[1]);
});

test('kill -9 at any moment of the making leaves the shelf without the year or with all of it', async (t) => {
  const outcomes: boolean[] = [];
  for (const patience of [1, 400, 4_000]) {
    const shop = workshop(t, period.end + day);
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'make.fixture.ts'), shop.dataFolder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const gone = new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, patience))]);
    child.kill('SIGKILL');
    await gone;
    const sealed = sealedIn(shop.shelf);
    for (const { file } of sealed) assert.ok(verifyBundle(readFileSync(file)).ok);
    outcomes.push(sealed.length === 1);
    sweepShelf(shop.shelf);
    const made = await makeDue({ ...shop, clock: new FakeClock(period.end + 20 * day) });
    assert.equal(made.length, sealed.length === 1 ? 0 : 1);
    assert.deepEqual(
      readdirSync(shop.shelf).filter((name) => !name.startsWith('draft')),
      ['0001-2025.tanbiao'],
    );
  }
  assert.equal(outcomes[0], false);
});

test('every bridge adds up exactly, whatever changed at once', async (t) => {
  const shop = workshop(t, period.end + day);
  await sealYear(shop, 2025);
  const everything: Change = {
    ...late,
    ledger: (entries) =>
      entries.map((entry) =>
        entry.kind === 'measure'
          ? { ...entry, saves: entry.saves.map((one) => ({ ...one, amount: one.amount * 1.1 })) }
          : entry,
      ),
    site: {
      factors: { ...site.factors, grid: { region: 'CN', dataYear: 2022 } },
      meters: site.meters.filter(({ id }) => id !== 'gas-main'),
    },
  };
  const changed = {
    ...shop,
    site: { ...site, ...everything.site },
    store: storeOf(everything),
    ledger: ledgerOf(everything),
  };
  await sealYear(changed, 2025, { cause: 'everything', by: 'x' });
  const changes = bridge([read(shop.shelf, '0001-2025'), read(shop.shelf, '0002-2025')].map(sideOf));
  const bridged = changes.filter(({ steps }) => (steps ?? []).length > 0);
  for (const { id, from, to, steps } of bridged) {
    const sum = (steps ?? []).reduce(
      (total, { change }) => total.plus(Rational.fromDecimal(change)),
      Rational.fromDecimal(from ?? 0),
    );
    assert.equal(sum.compare(Rational.fromDecimal(to ?? 0)), 0, id);
  }
  const total = changes.find(({ id }) => id === 'emissions_total');
  assert.deepEqual(
    [...new Set(total?.steps?.flatMap(({ causes }) => causes))],
    ['data_correction', 'factor', 'method'],
  );
});

test('decimals are written with all their digits', () => {
  for (const text of ['0', '-0.001', '12.5', '1000', '0.000000123'])
    assert.equal(decimalOf(Rational.fromDecimal(text)), text);
});

test('a making that was killed leaves nothing that counts, and is swept away; a taken place is not written over', async (t) => {
  const shop = workshop(t, period.end + day);
  putOnShelf(shop.shelf, '0001-2024', Buffer.from('one'));
  assert.throws(() => putOnShelf(shop.shelf, '0001-2024', Buffer.from('other')), { code: 'snapshot_taken' });
  assert.equal(readFileSync(join(shop.shelf, '0001-2024.tanbiao'), 'utf8'), 'one');
  rmSync(join(shop.shelf, '0001-2024.tanbiao'), { force: true });
  writeFileSync(join(shop.shelf, '.0001-2025.1.part'), 'half');
  assert.deepEqual(sealedIn(shop.shelf), []);
  const stop = new AbortController();
  const keeping = keepSnapshots(shop, createLog('test', 'error'), stop.signal);
  stop.abort();
  await keeping;
  assert.deepEqual(readdirSync(shop.shelf), []);
});

test('a draft may be made of a running year, and stands outside of the chain', async (t) => {
  const shop = workshop(t, period.end - 40 * day);
  const { snapshot, file } = await draftYear(shop, 2025, 11);
  assert.deepEqual([snapshot.state, snapshot.number], ['draft', 0]);
  assert.match(file, /draft-2025-11\.tanbiao$/);
  assert.deepEqual(sealedIn(shop.shelf), []);
});

test('a key that others can read stops the sealing, not the plant', {
  skip: process.platform === 'win32',
}, async (t) => {
  const shop = workshop(t, period.end + 100 * day);
  plantKey(shop.dataFolder);
  chmodSync(join(shop.dataFolder, 'keys', 'snapshot.pem'), 0o644);
  const told: string[] = [];
  const log = { ...silentLog, error: (what: { reason: string }) => void told.push(what.reason) };
  const stop = new AbortController();
  const keeping = keepSnapshots(shop, log as unknown as Log, stop.signal);
  await until(shop.clock, () => told.length >= 2);
  stop.abort();
  await keeping;
  assert.match(told[0] ?? '', /others can read the signing key/);
  assert.deepEqual(sealedIn(shop.shelf), []);
});
