// Owns what the tests of faulty devices share: simulated devices whose true values are known, a bus to them, and a poller.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { minute } from '../core/calendar.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { type PointId, points } from '../core/points.ts';
import { qualityOf } from '../core/quality.ts';
import type { Sample } from '../core/sample.ts';
import { SimulatedDevice } from '../simulators/device.ts';
import { serveModbus, type Unit } from '../simulators/serve-modbus.ts';
import { Line } from './line/line.ts';
import { Memory } from './memory.ts';
import { ModbusBus } from './modbus/bus.ts';
import { ModbusSource } from './modbus/modbus-source.ts';
import { Poller } from './poller.ts';
import type { PollClass } from './source.ts';
import { loadRegisterTemplate } from './template.ts';

export const timeout = 500;
export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function until(what: string, reached: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !reached(); await pause(20))
    assert.ok(performance.now() < end, `${what}: not within a minute`);
}

const began = Date.now();
/** The time of the simulated devices: an hour after they began to count. */
export const elapsed = () => 3_600_000 + Date.now() - began;

/** What is true of every simulated device: 1 kWh a second, and each point a value of its own. */
function truth(point: PointId, time: number): number {
  if (points[point].kind === 'counter') return 1_000 + time / 1_000;
  const level: Partial<Record<PointId, number>> = {
    frequency: 50,
    power_factor: 0.95,
    temperature: 31,
    device_state: 4,
  };
  return level[point] ?? (point.startsWith('voltage') ? 230 : 100 + (Math.floor(time / 1_000) % 50));
}

type Setup = {
  framing?: 'tcp' | 'rtu';
  template?: string;
  units?: number[];
  clock?: { time: number };
  devices?: Map<number, Unit>;
};

export async function setUp(
  context: TestContext,
  { framing = 'tcp', template: id = 'acrel.adw300', units = [1], clock, devices }: Setup = {},
) {
  const template = loadRegisterTemplate(id);
  const now = clock === undefined ? elapsed : () => clock.time;
  const server = await serveModbus({
    framing,
    now,
    units: devices ?? new Map(units.map((unit) => [unit, new SimulatedDevice(template, truth)])),
  });
  const line = new Line({
    address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
    connectTimeout: timeout,
    clock: systemClock,
    random: () => 0,
    afterDoubt: framing === 'tcp' ? 'reconnect' : 'wait',
    gap: framing === 'tcp' ? 0 : 2,
  });
  context.after(async () => {
    line.close();
    await server.close();
  });
  const bus = new ModbusBus(line, framing, timeout);
  const stamps: Clock = { ...systemClock, now };
  const memory = new Memory();
  const lines: string[] = [];
  const log = pino({}, { write: (text: string) => void lines.push(text) });
  const sourceOf = (unit: number) =>
    new ModbusSource({ meter: `m${unit}`, unit, template, bus, clock: stamps, memory, log });
  return { server, line, bus, template, memory, sourceOf, log: () => lines.join('') };
}

/** No value but the true one, as near as the register tells it. */
export function assertTrue(samples: readonly Sample[]): void {
  for (const { meter, point, value, quality, time } of samples) {
    if (value === null || qualityOf(quality)?.startsWith('uncertain')) continue;
    const [low, high] = [truth(point, time - 2_000), truth(point, time)].sort((a, b) => a - b) as [number, number];
    const step = points[point].unit === 'kW' || points[point].unit === 'A' ? 51 : 0.15;
    assert.ok(value >= low - step && value <= high + step, `${meter}.${point} is ${value}, not ${low}..${high}`);
  }
}

export const failure = async (source: ModbusSource, pollClass: PollClass = 'fast') => {
  assertTrue(await source.read(pollClass));
  return source.fault?.exception ?? source.fault?.failure;
};

export function polling(context: TestContext, sources: readonly ModbusSource[], period: number, line?: Line) {
  const delivered: Sample[] = [];
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (text: string) => void lines.push(text) });
  const poller = new Poller({
    clock: systemClock,
    log,
    deliver: (samples) => delivered.push(...samples),
    random: () => 0,
  });
  const stop = new AbortController();
  const running = poller.run(stop.signal);
  const limits = { deadband: {}, heartbeat: minute };
  const periods = { fast: period, slow: 10 * period };
  void poller.set(sources.map((source) => ({ source, periods, limits, ...(line === undefined ? {} : { line }) })));
  context.after(async () => {
    stop.abort();
    line?.close();
    await running;
  });
  const readingsOf = (meter: string, since = 0) =>
    delivered.filter((sample) => sample.meter === meter && sample.point === 'power' && sample.time >= since);
  return { delivered, readingsOf, log: () => lines.join('') };
}
