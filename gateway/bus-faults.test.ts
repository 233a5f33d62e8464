// Row 25 of the failure matrix: many meters share a bus, and one of them is dead.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertTrue, elapsed, pause, polling, setUp } from './device-faults.fixture.ts';

test('row 25: one of 30 meters on a bus is dead: the others keep at least 80 % of their pace', async (context) => {
  const units = Array.from({ length: 30 }, (_, n) => n + 1);
  // A second bus like it, whose meters all live, is read beside it: the machine is as busy for the one as for the other.
  const pollBus = async () => {
    const { server, sourceOf, line } = await setUp(context, { framing: 'rtu', units });
    return { server, ...polling(context, units.map(sourceOf), 1_000, line) };
  };
  const [hurt, well] = [await pollBus(), await pollBus()];
  await pause(2_500);
  hurt.server.faults.set(1, { silent: true });
  await pause(6_000); // until it is known to be dead, and what was saved up for it is spent
  const since = elapsed();
  await pause(12_000);
  const living = ({ readingsOf }: typeof hurt) =>
    units.slice(1).reduce((sum, unit) => sum + readingsOf(`m${unit}`, since).length, 0);
  const [left, whole] = [living(hurt), living(well)];
  assert.ok(whole > 100, `only ${whole} readings of the bus without a fault`);
  assert.ok(left >= 0.8 * whole, `${left} readings of the living beside the dead one, ${whole} on the other bus`);
  assertTrue([...hurt.delivered, ...well.delivered]);
  context.diagnostic(`${left} of ${whole} readings`);
});
