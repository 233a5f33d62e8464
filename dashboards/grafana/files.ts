// Owns the files of the dashboards, one of each in each language, as Grafana's provisioning reads them.

import { carbon } from './boards/carbon.ts';
import { energy } from './boards/energy.ts';
import { gateways } from './boards/gateways.ts';
import { indicators } from './boards/indicators.ts';
import { live } from './boards/live.ts';
import { quality } from './boards/quality.ts';
import { build } from './build.ts';

export const boards = [live, energy, carbon, indicators, quality, gateways] as const;
export const languages = ['zh', 'en'] as const;

export const dashboardFiles = (): Record<string, string> =>
  Object.fromEntries(
    languages.flatMap((language) =>
      boards.map((board) => [
        `deploy/grafana/dashboards/${language}/${board.file}.json`,
        `${JSON.stringify(build(board, language), null, 2)}\n`,
      ]),
    ),
  );
