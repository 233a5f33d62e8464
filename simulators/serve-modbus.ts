// Owns simulated units behind one Modbus server, TCP or RTU, and the faults that a test or a scenario switches on them.
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { SerialSettings } from '../gateway/line/byte-stream.ts';
import { type ActiveFaults, type DeviceFaults, Faults, spoil } from './faults.ts';
import { rtuFrame, serveSerial, startRtuServer } from './modbus-rtu-server.ts';
import { type Answer, answerFrame, exceptions, type ReadRequest, startModbusServer } from './modbus-server.ts';
import { chance } from './noise.ts';

/** What a unit's registers hold: a SimulatedDevice, an image of words, or an echo of addresses. */
export type Unit = {
  answer(address: number, count: number, time: number, faults: DeviceFaults & { since: number }, fc: number): Answer;
};

/** Every register answers its own address: a wrong read plan shows at once. */
export const addressEcho: Unit = {
  answer: (address, count) => ({ words: Array.from({ length: count }, (_, index) => (address + index) & 0xffff) }),
};

/** Words by address; registers that are not there are refused. */
export const registerImage = (words: ReadonlyMap<number, number>): Unit => ({
  answer(address, count) {
    const found = Array.from({ length: count }, (_, index) => words.get(address + index));
    return found.includes(undefined) ? { exception: exceptions.illegalAddress } : { words: found as number[] };
  },
});

export type ModbusSetup = {
  units: ReadonlyMap<number, Unit>;
  /** RTU on a serial port where `serial` is given, otherwise on a TCP port as behind a serial server. */
  framing?: 'tcp' | 'rtu';
  port?: number;
  serial?: SerialSettings & { path: string };
  /** What the registers show the time of. */
  now?: () => number;
  /** Kept by the caller where a server is stopped and started again. */
  faults?: Faults;
  seed?: number;
};

export type SimulatedModbus = {
  /** 0 on a serial port. */
  port: number;
  endpoint: string;
  faults: Faults;
  /** How often each unit was asked. */
  asked: ReadonlyMap<number, number>;
  /** Connections that are open now. */
  sockets: ReadonlySet<Socket>;
  close(): Promise<void>;
};

export async function serveModbus(setup: ModbusSetup): Promise<SimulatedModbus> {
  const { units, framing = 'tcp', port = 0, serial, now = Date.now, seed = 1 } = setup;
  const faults = setup.faults ?? new Faults(now);
  const asked = new Map<number, number>();
  const turns = new Map<number, Promise<void>>();
  let place = 0;
  const random = () => chance(seed, place++);

  const respond = async (request: ReadRequest, encode: (unit: number, answer: Answer) => Buffer) => {
    const unit = units.get(request.unit);
    if (unit === undefined) return undefined;
    asked.set(request.unit, (asked.get(request.unit) ?? 0) + 1);
    const active = faults.take(request.unit);
    if (active.silent) return undefined;
    const turn = wait(turns.get(request.unit), active.delay);
    turns.set(request.unit, turn);
    await turn;
    const frame = encode(active.answersAs ?? request.unit, answerOf(unit, request, active, now()));
    return spoil(frame, active, random);
  };
  const rtu = (request: ReadRequest) => respond(request, (unit, answer) => rtuFrame({ ...request, unit }, answer));
  if (serial !== undefined) {
    const { close } = await serveSerial(rtu, { kind: 'serial', ...serial });
    return { port: 0, endpoint: `serial://${serial.path}`, faults, asked, sockets: new Set(), close };
  }
  const server =
    framing === 'rtu'
      ? await startRtuServer(rtu, port, faults)
      : await startModbusServer(
          (request, transaction) =>
            units.has(request.unit)
              ? respond(request, (unit, answer) => answerFrame(transaction, { ...request, unit }, answer))
              : [answerFrame(transaction, request, { exception: exceptions.gatewayTarget })],
          port,
          faults,
        );
  return { ...server, endpoint: `tcp://127.0.0.1:${server.port}`, faults, asked };
}

/** A device answers in the order in which it was asked. */
async function wait(before: Promise<void> | undefined, delay: number | undefined): Promise<void> {
  await before;
  if (delay !== undefined) await pause(delay);
}

function answerOf(unit: Unit, { fc, address, count }: ReadRequest, faults: ActiveFaults, now: number): Answer {
  const { exception, holes = [], words = {}, frozen, since } = faults;
  if (exception !== undefined) return { exception };
  if (fc !== 3 && fc !== 4) return { exception: exceptions.illegalFunction };
  if (holes.some(([from, to]) => address <= to && from < address + count))
    return { exception: exceptions.illegalAddress };
  const answer = unit.answer(address, count, frozen ? since : now, faults, fc);
  if ('exception' in answer) return answer;
  return { words: answer.words.map((word, index) => words[address + index] ?? word) };
}
