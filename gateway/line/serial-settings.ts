// Owns the serial parameters of a line: what the site says, and for what it leaves open what its meters usually have.
import type { ConnectionConfig } from '../../core/config/site-schema.ts';
import type { Template } from '../template.ts';
import type { SerialSettings } from './byte-stream.ts';

const modbus: SerialSettings = { baud: 9_600, parity: 'none', dataBits: 8, stopBits: 1 };
const chinese: SerialSettings = { baud: 2_400, parity: 'even', dataBits: 8, stopBits: 1 };

const usual: Record<Template['protocol'], SerialSettings> = {
  modbus,
  sunspec: modbus,
  dlt645: chinese,
  cjt188: chinese,
};

/** As meters of this model leave the factory. */
function factoryOf({ protocol, link: { baud, parity, stopBits } }: Template): SerialSettings {
  const own = { ...(baud && { baud }), ...(parity && { parity }), ...(stopBits && { stopBits }) };
  return { ...usual[protocol], ...own };
}

/** 2400 8E1 */
export const settingsText = ({ baud, parity, dataBits, stopBits }: SerialSettings): string =>
  `${baud} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;

/** Everything that meters of these models would want of the line: more than one where the site must decide. */
export function wantedSettings(given: ConnectionConfig['serial'], templates: readonly Template[]): SerialSettings[] {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const wanted = (templates.length > 0 ? templates.map(factoryOf) : [modbus]).map((one) => ({ ...one, ...said }));
  return [...new Map(wanted.map((one) => [settingsText(one), one])).values()];
}

/** Silence that ends a Modbus frame, 3.5 characters, in milliseconds; and never less than what serial servers need. */
export const gapAt = (baud: number): number => Math.max(5, Math.ceil((3.5 * 11 * 1_000) / baud));
