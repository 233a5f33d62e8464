// Owns the yearly figures in InfluxDB, for those who read it beside us: they say what the score says, and nothing that it no longer says.
import { type YearlyMeasurement, type YearlyPoint, yearlyMeasurements } from '../../core/yearly.ts';
import type { InfluxClient } from './influx-client.ts';
import { literal, yearlyLine } from './lines.ts';

export async function putYearly(client: InfluxClient, site: string, points: readonly YearlyPoint[]): Promise<void> {
  const placeOf = (measurement: string, tags: Record<string, string>, time: number) =>
    JSON.stringify([measurement, Object.entries(tags).sort(), time]);
  const told = new Map(points.map((point) => [placeOf(point.measurement, point.tags, point.time), point]));
  for (const measurement of Object.keys(yearlyMeasurements) as YearlyMeasurement[]) {
    const { tags, fields } = yearlyMeasurements[measurement];
    const names = Object.keys(fields);
    const [tables = []] = await client.query([
      `SELECT ${names.join(', ')} FROM ${measurement} WHERE site = ${literal(site)} GROUP BY ${tags.join(', ')}`,
    ]);
    const old = tables.flatMap((table) => table.rows.map(([time, ...values]) => ({ time, values, tags: table.tags })));
    // A field cannot be taken away by writing: a value that is withheld now would stay.
    const gone = old.filter(({ time, values, tags: own }) => {
      const point = told.get(placeOf(measurement, own, Number(time)));
      return names.some((name, index) => values[index] !== null && (point?.fields[name] ?? null) === null);
    });
    await client.query(
      gone.map(({ time, tags: own }) => {
        const place = Object.entries(own).map(([name, value]) => `${name} = ${literal(value)}`);
        return `DELETE FROM ${measurement} WHERE site = ${literal(site)} AND ${place.join(' AND ')} AND time = ${time}ms`;
      }),
    );
  }
  await client.write(points.flatMap((point) => yearlyLine(site, point) ?? []));
}
