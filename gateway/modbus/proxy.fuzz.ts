// Owns the fuzzing of Modbus reading through real sockets: a proxy spoils answers between a simulated bus and many readers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { startFuzzProxy } from '../../simulators/fuzz-proxy.ts';
import { chance } from '../../simulators/noise.ts';
import { addressEcho, serveModbus } from '../../simulators/serve-modbus.ts';
import { Line } from '../line/line.ts';
import { LineFault } from '../line/line-fault.ts';
import { ModbusBus } from './bus.ts';

const frames = Number(process.env.TANBIAO_FUZZ_FRAMES ?? 1_000_000);
const seed = Number(process.env.TANBIAO_FUZZ_SEED ?? 1);

const readers = 32;
const each = Math.max(4, Math.ceil(frames / 100 / readers));
const deadline = 400;

for (const framing of ['tcp', 'rtu'] as const) {
  test(`${framing} through a proxy that spoils answers: none is a wrong value (${readers * each} reads, seed ${seed})`, async (context) => {
    const server = await serveModbus({ framing, units: new Map([[1, addressEcho]]) });
    const proxy = await startFuzzProxy({ framing, target: server.port, seed, deadline });
    const tally = { right: 0, refused: 0 };
    const lines = Array.from(
      { length: readers },
      () =>
        new Line({
          address: { kind: 'tcp', host: '127.0.0.1', port: proxy.port },
          connectTimeout: 5_000,
          clock: systemClock,
          ...(framing === 'tcp' ? { afterDoubt: 'reconnect' } : { afterDoubt: 'wait', gap: 5 }),
        }),
    );
    context.after(async () => {
      for (const line of lines) line.close();
      await proxy.close();
      await server.close();
    });
    const readAll = async (line: Line, reader: number) => {
      const bus = new ModbusBus(line, framing, deadline);
      for (let read = 0; read < each; read++) {
        const address = Math.floor(60_000 * chance(seed + reader, read));
        try {
          assert.deepEqual(await bus.read(1, 3, address, 3), [address, address + 1, address + 2]);
          tally.right++;
        } catch (error) {
          if (!(error instanceof LineFault)) throw error;
          tally.refused++;
        }
      }
    };
    await Promise.all(lines.map(readAll));
    context.diagnostic(
      `${framing}: seed ${seed}, ${tally.right} right, ${tally.refused} refused, 0 wrong; ${proxy.mutated.size} kinds of harm; ${server.sockets.size} connections at the end`,
    );
    assert.ok(tally.right > 0, 'nothing was read'); // on a loaded machine most answers miss their deadline
    assert.ok(proxy.mutated.size > 10, 'hardly anything was spoiled');
    assert.ok(server.sockets.size <= readers, 'connections pile up');
  });
}
