// Owns SunSpec discovery: finds the marker, walks the chain of models, and places a template's offsets.

import { LineFault } from '../line/line-fault.ts';
import type { RegisterPoint, RegisterTemplate, SerialNumber } from '../template.ts';
import type { ModbusBus } from './bus.ts';

const marker = [0x5375, 0x6e53]; // "SunS"
/** The three places of the specification, then those of devices whose manuals count from one. */
const markerAddresses = [40_000, 50_000, 0, 39_999, 40_001];
const endOfModels = 0xffff;
const mostModels = 64;

/** The common model, which every device has first, and the serial number in it. */
const commonModel = 1;
const serialOffset = 50;
const serialRegisters = 16;

export type SunspecModel = { id: number; address: number; length: number };

/** Steps by the length that the device states, never by our table: newer firmware appends to models. */
export async function discoverModels(bus: ModbusBus, unit: number): Promise<SunspecModel[]> {
  const start = await findMarker(bus, unit);
  const models: SunspecModel[] = [];
  for (let address = start + 2; models.length < mostModels; ) {
    const [id = endOfModels, length = 0] = await bus.read(unit, 3, address, 2);
    if (id === endOfModels) return models;
    models.push({ id, address, length });
    address += 2 + length;
  }
  throw new LineFault('framing', 'SunSpec 模型链没有结尾', 'the chain of SunSpec models has no end');
}

async function findMarker(bus: ModbusBus, unit: number): Promise<number> {
  for (const address of markerAddresses) {
    try {
      const words = await bus.read(unit, 3, address, 2);
      if (words[0] === marker[0] && words[1] === marker[1]) return address;
    } catch (error) {
      // An exception only says that nothing is at this address; anything else is the connection's trouble.
      if (!(error instanceof LineFault && error.failure === 'exception')) throw error;
    }
  }
  throw new LineFault('framing', `站号 ${unit} 没有 SunSpec 标识`, `unit ${unit} has no SunSpec marker`);
}

/** The template's points at their wire addresses; undefined when the device has none of the template's models. */
export function placePoints(
  template: Extract<RegisterTemplate, { protocol: 'sunspec' }>,
  models: readonly SunspecModel[],
): RegisterPoint[] | undefined {
  const model = models.find(({ id }) => template.sunspec.models.includes(id));
  if (model === undefined) return undefined;
  return template.points
    .filter((point) => point.address < model.length + 2)
    .map((point) => ({
      ...point,
      address: model.address + point.address,
      ...(point.sf === undefined ? {} : { sf: model.address + point.sf }),
    }));
}

export function serialNumberIn(models: readonly SunspecModel[]): SerialNumber | undefined {
  const common = models.find(({ id, length }) => id === commonModel && length + 2 >= serialOffset + serialRegisters);
  if (common === undefined) return undefined;
  return { address: common.address + serialOffset, registers: serialRegisters, type: 'text', fc: 3 };
}
