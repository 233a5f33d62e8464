import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socat, wiredPorts } from '../peers/peers.fixture.ts';
import { openPort, openStream } from './byte-stream.ts';

test('a serial port that was given up is opened again only when it is closed', {
  skip: socat.skip,
}, async (context) => {
  const { ports, end } = await wiredPorts();
  context.after(end);
  const address = { kind: 'serial', path: ports[0], baud: 9_600, parity: 'none', dataBits: 8, stopBits: 1 } as const;
  let isOpen = false;
  for (let turn = 0; turn < 60; turn++) {
    const stream = await openStream(address, 1_000);
    assert.equal(isOpen, false, 'two streams hold the port');
    isOpen = true;
    stream.onClose = () => {
      isOpen = false;
    };
    stream.destroy();
  }
});

test('a serial port that does not open in time is given up, and closed again when it opens after all', async () => {
  const asked: string[] = [];
  let opened: (error: Error | null) => void = () => assert.fail('nobody opened it');
  let closed = (): void => assert.fail('nobody closed it');
  const port = {
    open(done: typeof opened) {
      asked.push('open');
      opened = done;
    },
    close(done: (error: Error | null) => void) {
      asked.push('close');
      closed = () => done(null);
    },
  };
  await assert.rejects(openPort('/dev/late', port, 20), /not open within 20 ms/);
  assert.deepEqual(asked, ['open']);
  opened(null);
  assert.deepEqual(asked, ['open', 'close']);
  await assert.rejects(openPort('/dev/late', port, 20), /not open within 20 ms/, 'it is still being closed');
  assert.deepEqual(asked, ['open', 'close']);
  closed();
  const again = openPort('/dev/late', port, 60_000);
  await new Promise((resolve) => setImmediate(resolve));
  opened(null);
  await again;
  assert.deepEqual(asked, ['open', 'close', 'open']);
});
