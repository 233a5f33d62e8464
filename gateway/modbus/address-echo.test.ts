// Every register of the peer answers its own address: a point that is read from anywhere else shows at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { points as catalogue, quantise } from '../../core/points.ts';
import type { Sample } from '../../core/sample.ts';
import { addressEcho, serveModbus } from '../../simulators/serve-modbus.ts';
import { Line } from '../line/line.ts';
import { Memory } from '../memory.ts';
import { pollClasses } from '../source.ts';
import {
  isRegisterTemplate,
  loadTemplate,
  type RegisterPoint,
  type RegisterTemplate,
  templateIds,
} from '../template.ts';
import { ModbusBus } from './bus.ts';
import { ModbusSource } from './modbus-source.ts';
import { type RegisterType, registerTypes } from './registers.ts';

const wholeOf: Record<number, RegisterType> = { 1: 'uint16', 2: 'uint32', 4: 'uint64' };

/** The point at its place, its width and its speed, but with nothing between its words and its value. */
function bare({ point, address, type, fc, sf, poll, unverified }: RegisterPoint): RegisterPoint {
  const whole = wholeOf[registerTypes[type]] as RegisterType;
  const { unit } = catalogue[point];
  const place = { ...(fc === undefined ? {} : { fc }), ...(sf === undefined ? {} : { sf }) };
  return {
    ...place,
    ...{ point, address, type: whole, order: 'ABCD', scale: 1, unit, poll, unverified, ratios: [], notAvailable: [] },
  };
}

const modelAddress = 40_070;

/** A chain of models in which only markers, lengths and scale factors are not their own address. */
function sunspecWords({ points, sunspec }: Extract<RegisterTemplate, { protocol: 'sunspec' }>): Record<number, number> {
  const length = Math.max(...points.map(({ address, type }) => address + registerTypes[type])) - 2;
  const words: Record<number, number> = {
    ...{ 40000: 0x5375, 40001: 0x6e53, 40002: 1, 40003: 66 },
    [modelAddress]: sunspec.models[0] as number,
    [modelAddress + 1]: length,
    [modelAddress + 2 + length]: 0xffff,
    [modelAddress + 3 + length]: 0,
  };
  for (const { sf } of points) if (sf !== undefined) words[modelAddress + sf] = 0;
  return words;
}

function ownAddress({ point, address, type }: RegisterPoint, base: number): number {
  let value = 0n;
  for (let index = 0; index < registerTypes[type]; index++) value = (value << 16n) | BigInt(base + address + index);
  return quantise(Number(value), point);
}

for (const template of templateIds().map(loadTemplate).filter(isRegisterTemplate)) {
  test(`${template.id}: every point is read from its own registers`, async (context) => {
    const server = await serveModbus({ units: new Map([[1, addressEcho]]) });
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
    const isSunspec = template.protocol === 'sunspec';
    if (isSunspec) server.faults.set(1, { words: sunspecWords(template) });
    const source = new ModbusSource({
      ...{ meter: 'm', unit: 1, clock: systemClock, memory: new Memory(), bus: new ModbusBus(line, 'tcp', 1_000) },
      template: { ...template, derived: [], points: template.points.map(bare) },
    });
    const samples: Sample[] = [];
    for (const pollClass of pollClasses) samples.push(...(await source.read(pollClass)));
    assert.equal(source.fault, undefined);
    const read = Object.fromEntries(samples.map(({ point, value }) => [point, value]));
    const expected = template.points.map((point) => [point.point, ownAddress(point, isSunspec ? modelAddress : 0)]);
    assert.deepEqual(read, Object.fromEntries(expected));
  });
}
