// Owns a line with meters of several protocols on one pair of wires, as in a switchroom.
import { Answering, type AnsweringSetup } from './answering.ts';
import { type FieldMeters, fieldMeters } from './cjt188-server.ts';
import { type IdentifierMeters, identifierMeters } from './dlt645-server.ts';
import { type ModbusSetup, rtuUnits, type SimulatedServer, serveBus, type Units } from './serve-modbus.ts';

export type LineSetup = AnsweringSetup &
  Pick<ModbusSetup, 'port' | 'serial'> & {
    /** Modbus RTU. */
    units?: Units;
    /** DL/T 645, by address. */
    identifiers?: IdentifierMeters;
    /** CJ/T 188, by address. */
    fields?: FieldMeters;
  };

export function serveLine(setup: LineSetup): Promise<SimulatedServer> {
  const { units = new Map(), identifiers = new Map(), fields = new Map() } = setup;
  const answering = new Answering(setup);
  const listeners = [
    rtuUnits(units, answering),
    identifierMeters(identifiers, answering),
    fieldMeters(fields, answering),
  ];
  return serveBus(listeners, answering, setup);
}
