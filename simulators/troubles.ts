// Owns the troubles of a virtual plant: devices that go wrong at their times of the day, as plant.yaml says.
import type { Calendar } from '../core/calendar.ts';
import type { Site } from '../core/config/site.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import type { Faults } from './faults.ts';
import type { Trouble } from './plant-schema.ts';

/** Whether a time lies within one of the trouble's times of the day. */
export function isTroubled({ at, for: length }: Trouble, time: number, calendar: Calendar): boolean {
  const { start } = calendar.dayOf(time);
  return at.some((clock) => {
    const [hours = 0, minutes = 0] = clock.split(':').map(Number);
    const from = start + (hours * 60 + minutes) * 60_000;
    return time >= from && time < from + length;
  });
}

export type TroubledSite = { site: Site; faults: ReadonlyMap<string, Faults>; calendar: Calendar; now: () => number };

/** Looks at once and then each second. Gives the way to end it. */
export function followTroubles(
  troubles: readonly Trouble[],
  { site, faults, calendar, now }: TroubledSite,
): () => void {
  const active = new Set<Trouble>();
  const places = troubles.map((trouble) => {
    const meter = site.meters.find(({ id }) => id === trouble.meter);
    const found = meter && faults.get(meter.connection);
    if (meter === undefined || found === undefined)
      throw new Fault(
        'trouble_unknown',
        {
          zh: `plant.yaml 的 troubles：表计 “${trouble.meter}” 不存在，或不是模拟的 Modbus/串口设备`,
          en: `troubles of plant.yaml: there is no meter "${trouble.meter}" on a simulated Modbus or serial connection`,
        },
        { exitCode: exitCodes.configuration },
      );
    return { trouble, faults: found, unit: meter.address?.toUpperCase() ?? meter.unit ?? 1 };
  });
  const look = () => {
    for (const { trouble, faults: found, unit } of places) {
      const troubled = isTroubled(trouble, now(), calendar);
      if (troubled === active.has(trouble)) continue;
      if (troubled) {
        const { silent, frozen, exception, delay } = trouble.faults;
        found.set(unit, {
          ...(silent !== undefined && { silent }),
          ...(frozen !== undefined && { frozen }),
          ...(exception !== undefined && { exception }),
          ...(delay !== undefined && { delay }),
        });
        active.add(trouble);
      } else {
        found.clear(unit);
        active.delete(trouble);
      }
    }
  };
  look();
  if (troubles.length === 0) return () => undefined;
  const timer = setInterval(look, 1_000);
  return () => clearInterval(timer);
}
