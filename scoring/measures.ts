// Owns the list of measures that a plant considers: what each costs, and what it would change.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readYaml, refuseProblems } from '../core/config/yaml-file.ts';
import { idPattern } from '../core/sample.ts';

const amount = z.number().positive().optional();

const measure = z.strictObject({
  id: z.string().regex(idPattern),
  name: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }),
  cost: z.number().nonnegative().meta({ description: 'Of one year, in 万元, in the same way for all.' }),
  effect: z
    .strictObject({
      certificates: amount.meta({ description: 'More green certificates retired, MWh.' }),
      self_use: amount.meta({ description: 'More of the own generation used on site, MWh.' }),
      electricity_saved: amount.meta({ description: 'Electricity from the grid saved, MWh.' }),
      cut: amount.meta({ description: 'Other emissions cut within the boundary, tCO2e.' }),
      credits: amount.meta({ description: 'More credits retired, tCO2e.' }),
    })
    .prefault({}),
  attests: z.array(z.string()).default([]).meta({ description: 'Clauses that can be attested once it is done.' }),
  excludes: z.array(z.string()).default([]).meta({ description: 'Measures that cannot be done beside it.' }),
});

export const measuresSchema = z.strictObject({ measures: z.array(measure).max(30) });
export type Measure = z.infer<typeof measure>;

export function loadMeasures(siteFolder: string): Measure[] {
  const file = join(siteFolder, 'measures.yaml');
  if (!existsSync(file)) return [];
  const { value, problems, problemAt } = readYaml(file, measuresSchema);
  const ids = value?.measures.map(({ id }) => id) ?? [];
  for (const [index, { id, excludes }] of (value?.measures ?? []).entries()) {
    if (ids.indexOf(id) !== index)
      problems.push(
        problemAt(['measures', index, 'id'], { zh: `编号 “${id}” 重复`, en: `the id "${id}" is used twice` }),
      );
    for (const other of excludes)
      if (!ids.includes(other))
        problems.push(
          problemAt(['measures', index, 'excludes'], {
            zh: `没有措施 “${other}”`,
            en: `there is no measure "${other}"`,
          }),
        );
  }
  if (value === undefined || problems.length > 0) refuseProblems(problems);
  return value.measures;
}
