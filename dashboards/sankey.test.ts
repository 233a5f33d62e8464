// What of an energy flow is called wrong: what ratios and wiring do, not that meters are read a moment apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWrong } from './web/parts/sankey-layout.ts';

test('a little below nothing is two meters read a moment apart; more of it is a fault', () => {
  assert.equal(isWrong(-40, 78_137), false);
  assert.equal(isWrong(-400, 78_137), true);
  assert.equal(isWrong(0, 0), false);
  assert.equal(isWrong(-1, 0), true, 'nothing came in, and something went out');
  assert.equal(isWrong(null, 78_137), false, 'not known is not wrong');
});
