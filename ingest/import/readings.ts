// Owns rows of a table as readings: each value of a row is checked alone, and told with its row and column when it is wrong.
import type { Calendar } from '../../core/calendar.ts';
import type { Site } from '../../core/config/site.ts';
import { Fault } from '../../core/fault.ts';
import { parsePointId, points, quantise, toSteps } from '../../core/points.ts';
import { qualityCode } from '../../core/quality.ts';
import type { Sample } from '../../core/sample.ts';
import { convert } from '../../core/units.ts';
import { CellFault, isMissing, numberOf, textOfCell, timeOf } from './cell.ts';
import { attempt, Columns, type RowProblem } from './columns.ts';
import type { ReadingsMapping } from './mapping.ts';
import type { Row, Table } from './table.ts';

/** A reading and where it came from. */
export type Imported = { sample: Sample; row: Row; column: string };

export type RowReader = (row: Row, problems: RowProblem[]) => Imported[];

export function readingsReader(
  table: Table,
  mapping: ReadingsMapping,
  { meters }: Pick<Site, 'meters'>,
  calendar: Calendar,
): RowReader {
  const columns = new Columns(table);
  const { time, values, numbers, missing } = mapping;
  const timeCells = time.columns.map((name) => columns.reader(name));
  const timeForm = { format: time.format, calendar, from1904: table.from1904 };
  const known = new Set(meters.map(({ id }) => id));
  const readers = values.map(({ column, meter, point, unit, quality }) => ({
    column,
    cellOf: columns.reader(column),
    meter: columns.chooser(meter),
    point: columns.chooser(point),
    unit,
    quality: qualityCode(quality),
  }));
  return (row, problems) => {
    const at = attempt(row, time.columns.join(' + '), problems, () =>
      timeOf(
        timeCells.map((cellOf) => cellOf(row)),
        timeForm,
      ),
    );
    if (at === undefined) return [];
    return readers.flatMap(({ column, cellOf, meter, point, unit, quality }): Imported[] => {
      const cell = cellOf(row);
      if (isMissing(cell, missing)) return [];
      const id = attempt(row, meter.column, problems, () => meterOf(textOfCell(meter.read(row)).trim(), known));
      const pointId = attempt(row, point.column, problems, () => parsePointId(textOfCell(point.read(row)).trim()));
      if (id === undefined || pointId === undefined) return [];
      const value = attempt(row, column, problems, () => {
        const given = numberOf(cell, numbers);
        const own = quantise(unit === undefined ? given : convert(given, unit, points[pointId].unit), pointId);
        if (Number.isSafeInteger(toSteps(own, pointId))) return own;
        throw new CellFault({ zh: `${given} 过大`, en: `${given} is too large` });
      });
      if (value === undefined) return [];
      return [{ sample: { meter: id, point: pointId, time: at, value, quality }, row, column }];
    });
  };
}

function meterOf(id: string, known: ReadonlySet<string>): string {
  if (known.has(id)) return id;
  const some = [...known].slice(0, 12).join(' ');
  const more = known.size > 12 ? ' …' : '';
  throw new Fault('meter_unknown', {
    zh: `站点没有表计 “${id}”；有：${some}${more}`,
    en: `the site has no meter "${id}"; there are: ${some}${more}`,
  });
}
