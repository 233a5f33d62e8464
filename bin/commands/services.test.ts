// Where a service in a process of its own finds the embedded broker.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { announceRunning } from '../running.ts';
import { temporarySite } from '../temporary-site.ts';
import { brokerOf } from './services.ts';

test('a gateway that was there before follows the embedded broker to the port of its next start', (context) => {
  const { context: place } = temporarySite(context, 'golden');
  const { site, dataFolder } = place;
  mkdirSync(dataFolder, { recursive: true });
  assert.throws(() => brokerOf(site, dataFolder, 'gw-1'), /is not running/);
  const takeBack = announceRunning(dataFolder, { broker: 'mqtt://127.0.0.1:1' });
  const broker = brokerOf(site, dataFolder, 'gw-1');
  assert.equal(broker.url, 'mqtt://127.0.0.1:1');
  takeBack();
  assert.equal(broker.url, 'mqtt://127.0.0.1:1', 'while it is down');
  announceRunning(dataFolder, { broker: 'mqtt://127.0.0.1:2' });
  assert.equal(broker.url, 'mqtt://127.0.0.1:2');
});
