// A process of its own that seals the golden plant's year, to be killed while it does.
import { FakeClock } from '../core/fake-clock.ts';
import { site } from '../scoring/golden.fixture.ts';
import { ledgerOf, software, storeOf } from './golden.fixture.ts';
import { sealYear } from './make.ts';

const [, , dataFolder = ''] = process.argv;
const clock = new FakeClock(Date.UTC(2026, 0, 2));
process.stdout.write('making\n');
await sealYear({ site, dataFolder, store: storeOf({}), ledger: ledgerOf({}), clock, software }, 2025);
