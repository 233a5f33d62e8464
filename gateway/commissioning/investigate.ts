// Owns the experiments after a failure: the other framing, other units, other serial settings, and listening while nobody asks.
import { messageOf } from '../../core/fault.ts';
import type { SerialSettings } from '../line/byte-stream.ts';
import type { Line } from '../line/line.ts';
import { LineFault } from '../line/line-fault.ts';
import { type Conversation, type ConversationParts, startConversation } from './conversation.ts';
import type { Endpoint } from './endpoint.ts';
import type { Evidence } from './evidence.ts';
import { whatAre } from './foreign-bytes.ts';
import { findMeters } from './meter-reader.ts';

/** Where a device on the network, a new meter, an inverter of GoodWe or SMA listens when it comes out of its box. */
const usualUnits = [1, 255, 2, 3, 247];
/** 9600 8N1 and how DL/T 645 meters, Schneider and Siemens meters, and inverters are set. */
const usualSettings: readonly Pick<SerialSettings, 'baud' | 'parity'>[] = [
  { baud: 9_600, parity: 'none' },
  { baud: 9_600, parity: 'even' },
  { baud: 19_200, parity: 'even' },
  { baud: 19_200, parity: 'none' },
  { baud: 2_400, parity: 'even' },
  { baud: 4_800, parity: 'none' },
  { baud: 115_200, parity: 'none' },
];
/** Long enough for a meter that answers at all; the whole investigation stays within a few seconds. */
const patience = 500;
const listening = 1_200;

/** What is known about a failed question, and what a few more questions tell about it. */
export async function investigate(
  { endpoint, bus, said }: Conversation,
  unit: number,
  fault: LineFault,
  parts: ConversationParts,
  meter?: { address: string | undefined },
): Promise<Evidence> {
  const evidence: Evidence = { endpoint, unit, failure: fault.failure, ...(meter && { meter }) };
  if (fault.exception !== undefined) evidence.exception = fault.exception;
  if (fault.failure === 'refused') return { ...evidence, system: systemWord(fault.cause) };
  if (meter !== undefined) return { ...evidence, ...(await findMeter(bus.line, fault, patience)) };
  if (fault.failure === 'framing') evidence.foreign = whatAre(said, endpoint.protocol, unit);
  if (fault.failure === 'exception' && !isAbsent(fault)) return evidence;
  const patient = { ...parts, timeout: Math.min(parts.timeout, patience) };
  const strange = evidence.foreign !== undefined && evidence.foreign.kind !== 'noise';
  if (strange && evidence.foreign?.kind !== 'other_unit') return evidence;

  if (endpoint.protocol === 'line' && fault.failure !== 'closed') {
    const overheard = await listen(said, patient);
    if (overheard !== undefined) return { ...evidence, overheard: whatAre(overheard, 'line', unit) };
  }
  if (strange) return evidence;
  if (endpoint.address.kind === 'tcp' && fault.failure !== 'exception') {
    const protocol = endpoint.protocol === 'line' ? 'modbus-tcp' : 'line';
    if ((await firstThatAnswers({ ...endpoint, protocol }, [unit], patient)) !== undefined)
      return { ...evidence, otherFraming: true };
  }
  if (fault.failure === 'closed') return evidence;
  if (endpoint.address.kind === 'serial') {
    for (const settings of usualSettings) {
      const { address } = endpoint;
      if (settings.baud === address.baud && settings.parity === address.parity) continue;
      bus.line.close(); // a serial port is held by one
      const other = { ...address, ...settings };
      if ((await firstThatAnswers({ ...endpoint, address: other }, [unit], patient)) !== undefined)
        return { ...evidence, otherSerial: other };
    }
  }
  bus.line.close();
  const others = usualUnits.filter((one) => one !== unit);
  const otherUnit = await firstThatAnswers(endpoint, others, patient);
  return otherUnit === undefined ? evidence : { ...evidence, otherUnit };
}

/** A meter under another address than the one that was asked. */
async function findMeter(line: Line, { failure }: LineFault, timeout: number): Promise<Partial<Evidence>> {
  if (failure !== 'timeout') return failure === 'framing' ? { foreign: { kind: 'noise' } } : {};
  const found = await findMeters(line, timeout);
  const only = found.find((one) => 'address' in one);
  return only === undefined ? {} : { otherMeter: only.address };
}

/** A gateway says that the unit is not there. */
const isAbsent = ({ exception }: LineFault): boolean => exception === 10 || exception === 11;

/** ECONNREFUSED and the like; a serial port has only its message. */
function systemWord(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return `${code} ${messageOf(cause)}`.trim();
}

/** What comes while nobody asks. */
async function listen(said: Conversation['said'], { clock }: ConversationParts) {
  const before = said.received;
  said.received = Buffer.alloc(0);
  await clock.sleep(listening);
  const overheard = { sent: Buffer.alloc(0), received: said.received };
  said.received = before;
  return overheard.received.length === 0 ? undefined : overheard;
}

async function firstThatAnswers(
  endpoint: Endpoint,
  units: readonly number[],
  parts: ConversationParts,
): Promise<number | undefined> {
  const { bus, close } = startConversation(endpoint, parts);
  try {
    for (const unit of units) if (await isThere(bus, unit)) return unit;
  } finally {
    close();
  }
  return undefined;
}

/** Any answer of a unit shows that it is there, also a refusal. */
export async function isThere(bus: Conversation['bus'], unit: number, timeout?: number): Promise<boolean> {
  try {
    await bus.read(unit, 3, 0, 1, timeout);
    return true;
  } catch (error) {
    if (!(error instanceof LineFault)) throw error;
    if (error.failure === 'refused') throw error;
    return error.failure === 'exception' && !isAbsent(error);
  }
}
