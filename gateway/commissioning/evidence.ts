// Owns what is known about a device that does not answer as it should, and the form of what a person is told about it.
import type { Text } from '../../core/text.ts';
import type { SerialSettings } from '../line/byte-stream.ts';
import type { LineFailure } from '../line/line-fault.ts';
import type { Endpoint } from './endpoint.ts';
import type { ForeignBytes } from './foreign-bytes.ts';

export type Evidence = {
  endpoint: Endpoint;
  unit: number;
  /** A DL/T 645 or CJ/T 188 meter was asked: its address, or none where the address itself was asked for. */
  meter?: { address: string | undefined };
  /** The address of the only meter on the line that answers when all are asked. */
  otherMeter?: string;
  /** Of a scan: how many units were asked, all in vain. */
  asked?: number;
  failure: LineFailure;
  /** The operating system's word for a connection that failed: ECONNREFUSED, or a message of the serial port. */
  system?: string;
  /** The device's own refusal. */
  exception?: number;
  /** What came that was no answer. */
  foreign?: ForeignBytes;
  /** What was said on a line on which we were silent. */
  overheard?: ForeignBytes;
  /** The other framing on the same port was answered. */
  otherFraming?: boolean;
  /** Another unit that answers there. */
  otherUnit?: number;
  /** Settings of the serial port with which the unit did answer. */
  otherSerial?: SerialSettings;
};

export type Diagnosis = { code: string; finding: Text; checks: readonly Text[] };

export const text = (zh: string, en: string): Text => ({ zh, en });
