import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import type { ByteStream } from './byte-stream.ts';
import { Line } from './line.ts';
import { LineFault } from './line-fault.ts';

/** A bus on which somebody speaks without a pause. Its silence would have to be a minute long: no machine is too slow to interrupt it. */
function noisyLine(context: TestContext) {
  const stream: ByteStream = {
    write: () => assert.fail('asked while somebody speaks'),
    destroy: () => undefined,
    onData: () => undefined,
    onClose: () => undefined,
  };
  const noise = setInterval(() => stream.onData(Buffer.alloc(64, 0xff)), 1);
  const line = new Line({
    address: { kind: 'tcp', host: 'bus', port: 1 },
    connectTimeout: 1_000,
    clock: systemClock,
    afterDoubt: 'wait',
    gap: 60_000,
    open: async () => stream,
  });
  context.after(() => {
    clearInterval(noise);
    line.close();
  });
  return line;
}

test('on a bus that is never silent each question fails after its deadline, and says why', async (context) => {
  const line = noisyLine(context);
  const exchange = { device: '1', request: Buffer.from([7]), parse: () => ({ state: 'more' }) as const, timeout: 50 };
  for (let turn = 0; turn < 3; turn++)
    await assert.rejects(
      line.exchange(exchange),
      (error) => error instanceof LineFault && error.failure === 'framing' && /never silent/.test(error.message),
    );
});
