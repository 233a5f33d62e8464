// Owns the fuzzing of DL/T 645 reading in memory.
import { IdentifierMeter, identifierMeters } from '../../simulators/dlt645-server.ts';
import { dlt645Layout } from '../../simulators/sum-mutations.ts';
import { Memory } from '../memory.ts';
import { frames, fuzzSpoiledMeter } from '../spoiled-meter.fixture.ts';
import { type Dlt645Template, loadTemplate } from '../template.ts';
import { Dlt645Bus } from './bus.ts';
import { dlt645Source } from './dlt645-source.ts';

const template = loadTemplate('dlt645.three-phase') as Dlt645Template;
/** A counter, a block of three states, and a state with a sign. */
const points = ['energy_import', 'voltage_l1', 'voltage_l2', 'voltage_l3', 'power_factor'];
const short: Dlt645Template = { ...template, points: template.points.filter(({ point }) => points.includes(point)) };
const address = '000012345678';

fuzzSpoiledMeter(
  'DL/T 645',
  {
    layout: dlt645Layout,
    listener: (read, answering) => identifierMeters(new Map([[address, new IdentifierMeter(short, read)]]), answering),
    source: (line, clock, timeout) =>
      dlt645Source({
        meter: 'm',
        address,
        template: short,
        bus: new Dlt645Bus(line, timeout),
        clock,
        memory: new Memory(),
      }),
  },
  Math.ceil(0.3 * frames),
);
