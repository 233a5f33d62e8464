// Owns how the devices of one server answer: each in the order in which it was asked, with what is wrong with it now.
import { setTimeout as pause } from 'node:timers/promises';
import { type ActiveFaults, Faults, spoil } from './faults.ts';
import { chance } from './noise.ts';

/** A unit number, or an address. */
export type DeviceName = number | string;

export type AnsweringSetup = {
  /** What the devices show the time of. */
  now?: () => number;
  /** Kept by the caller where a server is stopped and started again. */
  faults?: Faults;
  seed?: number;
};

export class Answering {
  readonly now: () => number;
  readonly faults: Faults;
  /** How often each device was asked. */
  readonly asked = new Map<DeviceName, number>();
  readonly #turns = new Map<DeviceName, Promise<void>>();
  readonly #random: () => number;

  constructor({ now = Date.now, faults, seed = 1 }: AnsweringSetup) {
    this.now = now;
    this.faults = faults ?? new Faults(now);
    let place = 0;
    this.#random = () => chance(seed, place++);
  }

  /** The frame as it goes out, in pieces. Undefined: silence. */
  async answer(device: DeviceName, encode: (faults: ActiveFaults) => Buffer): Promise<Buffer[] | undefined> {
    this.asked.set(device, (this.asked.get(device) ?? 0) + 1);
    const active = this.faults.take(device);
    if (active.silent) return undefined;
    const turn = wait(this.#turns.get(device), active.delay);
    this.#turns.set(device, turn);
    await turn;
    return spoil(encode(active), active, this.#random);
  }
}

async function wait(before: Promise<void> | undefined, delay: number | undefined): Promise<void> {
  await before;
  if (delay !== undefined) await pause(delay);
}
