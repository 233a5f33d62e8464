// Owns the fuzzing of what is left when a wrong answer has a right checksum: counters must not believe it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { countsInTotals } from '../../core/quality.ts';
import { SimulatedDevice } from '../../simulators/device.ts';
import { chance } from '../../simulators/noise.ts';
import { serveModbus } from '../../simulators/serve-modbus.ts';
import { Line } from '../line/line.ts';
import { Memory } from '../memory.ts';
import { loadRegisterTemplate } from '../template.ts';
import { ModbusBus } from './bus.ts';
import { ModbusSource } from './modbus-source.ts';

const reads = Math.ceil(Number(process.env.TANBIAO_FUZZ_FRAMES ?? 1_000_000) / 50);
const seed = Number(process.env.TANBIAO_FUZZ_SEED ?? 1);
const period = 15_000;

test(`a wrong answer that fools the checksum moves no counter (${reads} reads, seed ${seed})`, async (context) => {
  let time = 0;
  let place = 0;
  const random = () => chance(seed, place++);
  const template = loadRegisterTemplate('acrel.adw300');
  const device = new SimulatedDevice(template, (_, at) => 100_000 + at / 60_000);
  const server = await serveModbus({ units: new Map([[1, device]]), now: () => time });
  const line = new Line({
    address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
    connectTimeout: 1_000,
    clock: systemClock,
    afterDoubt: 'reconnect',
  });
  context.after(async () => {
    line.close();
    await server.close();
  });
  const source = new ModbusSource({
    ...{ meter: 'm', unit: 1, template, bus: new ModbusBus(line, 'tcp', 1_000), memory: new Memory() },
    clock: { ...systemClock, now: () => time, monotonic: () => time },
  });
  const tally = { forged: 0, believed: 0, doubted: 0 };
  for (let read = 0; read < reads; read++, time += period) {
    const isForged = read > 0 && random() < 0.5;
    if (isForged) {
      const words = Object.fromEntries([62, 63, 64, 65].map((at) => [at, Math.floor(random() * 65_536)]));
      server.faults.set(1, { words }, { answers: 1 });
      tally.forged++;
    }
    for (const { value, quality } of await source.read('slow')) {
      const isTrue = value !== null && Math.abs(value - (100_000 + time / 60_000)) < 0.011;
      if (!isTrue && countsInTotals(quality)) tally.believed++;
      if (!isTrue && !countsInTotals(quality)) tally.doubted++;
    }
  }
  // What is within the meter's greatest power in a minute cannot be told from the truth: 33 333 counts of 2^32, twice an answer.
  const expected = tally.forged * 2 * (33_333 / 2 ** 32);
  context.diagnostic(
    `${tally.forged} forged answers, seed ${seed}: ${tally.doubted} values doubted, ${tally.believed} believed, ${expected.toFixed(2)} expected`,
  );
  assert.ok(tally.believed <= expected + 5 * Math.sqrt(expected) + 1);
  assert.ok(tally.doubted >= tally.forged, 'the forged answers did not reach the source');
});
