// Owns the fuzzing of CJ/T 188 reading in memory.
import { FieldMeter, fieldMeters } from '../../simulators/cjt188-server.ts';
import { cjt188Layout } from '../../simulators/sum-mutations.ts';
import { Memory } from '../memory.ts';
import { frames, fuzzSpoiledMeter } from '../spoiled-meter.fixture.ts';
import { type Cjt188Template, loadTemplate } from '../template.ts';
import { Cjt188Bus } from './bus.ts';
import { cjt188Source } from './cjt188-source.ts';

const whole = loadTemplate('cjt188.heat') as Cjt188Template;
const { timeout: _, ...link } = whole.link;
const template: Cjt188Template = {
  ...whole,
  link,
  points: whole.points.filter(({ point }) => point !== 'heat_energy'), // its step in GJ is no round number
};
const address = '00550020210001';

fuzzSpoiledMeter(
  'CJ/T 188',
  {
    layout: cjt188Layout,
    listener: (read, answering) => fieldMeters(new Map([[address, new FieldMeter(template, read)]]), answering),
    source: (line, clock, timeout) =>
      cjt188Source({ meter: 'm', address, template, bus: new Cjt188Bus(line, timeout), clock, memory: new Memory() }),
  },
  Math.ceil(0.1 * frames),
);
