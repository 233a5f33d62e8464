import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socat, wiredPorts } from '../peers/peers.fixture.ts';
import { openStream } from './byte-stream.ts';

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
