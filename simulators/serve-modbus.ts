// Owns simulated units behind one Modbus server, TCP or RTU, and the faults that a test or a scenario switches on them.
import type { Socket } from 'node:net';
import type { SerialSettings } from '../gateway/line/byte-stream.ts';
import { Answering, type AnsweringSetup, type DeviceName } from './answering.ts';
import { type Listener, serveBusOverSerial, serveBusOverTcp } from './bus-server.ts';
import type { ActiveFaults, DeviceFaults, Faults } from './faults.ts';
import { rtuFrame, rtuListener } from './modbus-rtu-server.ts';
import { type Answer, answerFrame, exceptions, type ReadRequest, startModbusServer } from './modbus-server.ts';

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

export type Units = ReadonlyMap<number, Unit>;

export type ModbusSetup = AnsweringSetup & {
  units: Units;
  /** RTU on a serial port where `serial` is given, otherwise on a TCP port as behind a serial server. */
  framing?: 'tcp' | 'rtu';
  port?: number;
  serial?: SerialSettings & { path: string };
};

export type SimulatedServer = {
  /** 0 on a serial port. */
  port: number;
  endpoint: string;
  faults: Faults;
  /** How often each device was asked. */
  asked: ReadonlyMap<DeviceName, number>;
  /** Connections that are open now. */
  sockets: ReadonlySet<Socket>;
  close(): Promise<void>;
};

export async function serveModbus(setup: ModbusSetup): Promise<SimulatedServer> {
  const { units, framing = 'tcp', port = 0, serial } = setup;
  const answering = new Answering(setup);
  if (serial !== undefined || framing === 'rtu')
    return serveBus([rtuUnits(units, answering)], answering, { port, ...(serial && { serial }) });
  const server = await startModbusServer(
    async (request, transaction) =>
      units.has(request.unit)
        ? respond(units, answering, request, (named, answer) => answerFrame(transaction, named, answer))
        : [answerFrame(transaction, request, { exception: exceptions.gatewayTarget })],
    port,
    answering.faults,
  );
  const { faults, asked } = answering;
  return { ...server, endpoint: `tcp://127.0.0.1:${server.port}`, faults, asked };
}

/** Listeners on one bus: on a serial port, or on a TCP port as behind a serial server. */
export async function serveBus(
  listeners: readonly Listener[],
  { faults, asked }: Answering,
  { port = 0, serial }: Pick<ModbusSetup, 'port' | 'serial'>,
): Promise<SimulatedServer> {
  if (serial !== undefined) {
    const { close } = await serveBusOverSerial(listeners, { kind: 'serial', ...serial });
    return { port: 0, endpoint: `serial://${serial.path}`, faults, asked, sockets: new Set(), close };
  }
  const server = await serveBusOverTcp(listeners, port, faults);
  return { ...server, endpoint: `tcp://127.0.0.1:${server.port}`, faults, asked };
}

export const rtuUnits = (units: Units, answering: Answering): Listener =>
  rtuListener((request) => respond(units, answering, request, rtuFrame));

async function respond(
  units: Units,
  answering: Answering,
  request: ReadRequest,
  encode: (named: ReadRequest, answer: Answer) => Buffer,
): Promise<Buffer[] | undefined> {
  const unit = units.get(request.unit);
  if (unit === undefined) return undefined;
  return answering.answer(request.unit, (active) =>
    encode(
      { ...request, unit: Number(active.answersAs ?? request.unit) },
      answerOf(unit, request, active, answering.now()),
    ),
  );
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
