// A moment is written by the plant's clock, and a date is never taken for a time of day.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockOptions, writtenIn } from './web/zone-time.ts';

const moment = Date.UTC(2026, 10, 20, 16, 5, 9);

test('a time of day is hours, minutes and seconds at the plant, also after a date was written', () => {
  for (const language of ['zh-CN', 'en-GB']) {
    const date = writtenIn('Asia/Shanghai', language, { dateStyle: 'medium' }, moment);
    assert.match(date, /21/);
    assert.equal(writtenIn('Asia/Shanghai', language, clockOptions, moment), '00:05:09');
    assert.notEqual(writtenIn('Asia/Shanghai', language, { timeStyle: 'medium' }, moment), date);
    assert.equal(writtenIn('UTC', language, clockOptions, moment), '16:05:09');
  }
});
