// Our reading against servers that we did not write, and our simulators against clients that we did not write.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { systemClock } from '../core/clock.ts';
import { readYaml } from '../core/config/yaml-file.ts';
import { qualityOf } from '../core/quality.ts';
import { addressEcho, registerImage, serveModbus, type Unit } from '../simulators/serve-modbus.ts';
import type { StreamAddress } from './line/byte-stream.ts';
import { Line } from './line/line.ts';
import { LineFault } from './line/line-fault.ts';
import { Memory } from './memory.ts';
import { ModbusBus } from './modbus/bus.ts';
import { ModbusSource } from './modbus/modbus-source.ts';
import {
  askPymodbus,
  type Image,
  libmodbus,
  mbpoll,
  type Peer,
  pymodbus,
  runPeer,
  socat,
  startLibmodbus,
  startPymodbus,
  wiredPorts,
} from './peers/peers.fixture.ts';
import { devicesFolder, isRegisterTemplate, loadTemplate, type RegisterTemplate, templateIds } from './template.ts';

const fc = z.union([z.literal(3), z.literal(4)]);
/** Of golden files, what a server must know. Their own test checks the rest. */
const goldenSchema = z.object({
  cases: z.array(
    z.object({
      fc,
      base: z.int().default(0),
      blocks: z.array(z.object({ fc: fc.optional(), address: z.int(), words: z.array(z.int()) })),
      expect: z.record(z.string(), z.unknown()),
    }),
  ),
});
type Golden = z.infer<typeof goldenSchema>['cases'][number];

const templates = templateIds().map(loadTemplate).filter(isRegisterTemplate);

function goldenOf(template: RegisterTemplate): Golden {
  const { value } = readYaml(join(devicesFolder, `${template.id}.golden.yaml`), goldenSchema);
  const golden = value?.cases[0];
  assert.ok(golden, `${template.id} has no golden registers`);
  return golden;
}

/** A device of the template, as its golden file has it; a SunSpec model with the marker before it and the end behind it. */
function imageOf(template: RegisterTemplate, { fc: usual, base, blocks }: Golden): Image[number] {
  const image: Image[number] = { 3: {}, 4: {} };
  const put = (code: 3 | 4, address: number, words: readonly number[]) => {
    for (const [index, word] of words.entries()) Object.assign(image[code] ?? {}, { [address + index]: word });
  };
  for (const { fc: code = usual, address, words } of blocks) put(code, address, words);
  if (template.protocol === 'sunspec') {
    const known = image[usual] ?? {};
    const end = base + 2 + (known[base + 1] ?? 0);
    put(usual, 0, [0x5375, 0x6e53, 1, base - 4]);
    // A model has no holes: what the golden file leaves out of it is garbage.
    for (let at = base; at < end; at++) put(usual, at, [known[at] ?? 0xdead]);
    put(usual, end, [0xffff, 0]);
  }
  return image;
}

function busOn(context: TestContext, address: StreamAddress, framing: 'tcp' | 'rtu'): ModbusBus {
  const line = new Line({
    ...{ address, connectTimeout: 10_000, clock: systemClock },
    ...(framing === 'tcp' ? { afterDoubt: 'reconnect' } : { afterDoubt: 'wait', gap: 5 }),
  });
  context.after(() => line.close());
  return new ModbusBus(line, framing, 3_000);
}

const tcp = (port: number | string): StreamAddress => ({ kind: 'tcp', host: '127.0.0.1', port: Number(port) });
const settings = { baud: 19_200, parity: 'none', dataBits: 8, stopBits: 1 } as const;
const serial = (path: string): StreamAddress => ({ kind: 'serial', path, ...settings });

async function readGolden(template: RegisterTemplate, unit: number, bus: ModbusBus, golden: Golden): Promise<void> {
  const source = new ModbusSource({ meter: 'm', unit, template, bus, clock: systemClock, memory: new Memory() });
  const samples = [...(await source.read('fast')), ...(await source.read('slow'))];
  assert.equal(source.fault, undefined, template.id);
  const read = samples
    .filter(({ point }) => template.points.some((one) => one.point === point))
    .map(({ point, value, quality }) => {
      const word = qualityOf(quality);
      return [point, word === 'good' ? value : { value, quality: word }];
    });
  assert.deepEqual(Object.fromEntries(read), golden.expect, template.id);
}

const endWith = (context: TestContext, peer: Peer): Peer => {
  context.after(() => peer.end());
  return peer;
};

test('every template of the library is read from pymodbus, which refuses registers that it does not have', {
  skip: pymodbus.skip,
}, async (context) => {
  const image = Object.fromEntries(
    templates.map((template, index) => [index + 1, imageOf(template, goldenOf(template))]),
  );
  const peer = endWith(context, await startPymodbus(['tcp'], image));
  const bus = busOn(context, tcp(peer.said), 'tcp');
  for (const [index, template] of templates.entries()) await readGolden(template, index + 1, bus, goldenOf(template));
});

const register = (unit: number, image: Image[number]): string[] =>
  Object.entries(image).flatMap(([code, words]) =>
    Object.entries(words).map(([address, word]) => `${unit} ${code} ${address} ${word}`),
  );

test('libmodbus is read over TCP, unit by unit', { skip: libmodbus.skip }, async (context) => {
  const some = templates.slice(0, 3);
  const registers = some.flatMap((template, index) => register(index + 1, imageOf(template, goldenOf(template))));
  const peer = endWith(context, await startLibmodbus(['tcp'], registers));
  const bus = busOn(context, tcp(peer.said), 'tcp');
  for (const [index, template] of some.entries()) await readGolden(template, index + 1, bus, goldenOf(template));
  assert.deepEqual(await bus.read(77, 4, 500, 3), [500, 501, 502]);
});

test('pymodbus is read as RTU over TCP', { skip: pymodbus.skip }, async (context) => {
  const peer = endWith(context, await startPymodbus(['rtu-over-tcp'], { 5: { 3: { 10: 0xabcd, 11: 0x1234 } } }));
  const bus = busOn(context, tcp(peer.said), 'rtu');
  assert.deepEqual(await bus.read(5, 3, 10, 2), [0xabcd, 0x1234]);
  await assert.rejects(bus.read(5, 3, 10, 3), (error) => error instanceof LineFault && error.exception === 2);
});

test('libmodbus and pymodbus are read over a serial port', {
  skip: libmodbus.skip || pymodbus.skip || socat.skip,
}, async (context) => {
  const [one, other] = await Promise.all([wiredPorts(), wiredPorts()]);
  context.after(() => Promise.all([one.end(), other.end()]));
  const template = templates[0] as RegisterTemplate;
  const golden = goldenOf(template);
  endWith(context, await startLibmodbus(['rtu', one.ports[1], '9'], register(9, imageOf(template, golden))));
  const first = busOn(context, serial(one.ports[0]), 'rtu');
  await readGolden(template, 9, first, golden);
  assert.deepEqual(
    await first.read(9, 4, 700, 60),
    Array.from({ length: 60 }, (_, index) => 700 + index),
  );
  await assert.rejects(
    first.read(8, 3, 0, 2, 100),
    (error) => error instanceof LineFault && error.failure === 'timeout',
  );
  // libmodbus takes the next question for the answer of the unit that gave none, and misses it: it is asked again.
  await readGolden(template, 9, first, golden);

  endWith(context, await startPymodbus(['rtu', other.ports[1]], { 3: imageOf(template, golden) }));
  await readGolden(template, 3, busOn(context, serial(other.ports[0]), 'rtu'), golden);
});

const units = new Map<number, Unit>([
  [
    7,
    registerImage(
      new Map([
        [100, 0xfffe],
        [101, 1],
        [102, 0x8000],
      ]),
    ),
  ],
  [8, addressEcho],
]);
const questions = [
  [7, 3, 100, 3],
  [7, 4, 100, 1],
  [8, 3, 4_000, 125],
  [7, 3, 102, 2],
];
const answers = [[0xfffe, 1, 0x8000], [0xfffe], Array.from({ length: 125 }, (_, index) => 4_000 + index), 2];

for (const [framing, mode] of [
  ['tcp', 'tcp'],
  ['rtu', 'rtu-over-tcp'],
] as const) {
  test(`a pymodbus client reads our simulator over ${mode}`, { skip: pymodbus.skip }, async (context) => {
    const server = await serveModbus({ framing, units });
    context.after(() => server.close());
    assert.deepEqual(await askPymodbus([mode, String(server.port)], questions), answers);
  });
}

/** The words that mbpoll shows. */
const wordsIn = (text: string): number[] => [...text.matchAll(/^\[\d+\]:\s+(\d+)/gm)].map(([, word]) => Number(word));
const poll = ['-0', '-1', '-a', '8', '-t', '4', '-r', '3000', '-c', '4'];

test('mbpoll reads our simulator over TCP', { skip: mbpoll.skip }, async (context) => {
  const server = await serveModbus({ units });
  context.after(() => server.close());
  const said = await runPeer(mbpoll.path, [...poll, '-p', String(server.port), '127.0.0.1']);
  assert.deepEqual(wordsIn(said), [3_000, 3_001, 3_002, 3_003]);
});

test('mbpoll and a pymodbus client read our simulator over a serial port', {
  skip: mbpoll.skip || pymodbus.skip || socat.skip,
}, async (context) => {
  const { ports, end } = await wiredPorts();
  const server = await serveModbus({ units, serial: { path: ports[0], ...settings } });
  context.after(async () => {
    await server.close();
    await end();
  });
  const said = await runPeer(mbpoll.path, [...poll, '-m', 'rtu', '-b', '19200', '-P', 'none', ports[1]]);
  assert.deepEqual(wordsIn(said), [3_000, 3_001, 3_002, 3_003]);
  assert.deepEqual(await askPymodbus(['rtu', ports[1]], questions), answers);
});
