// Owns taking over a changed alarms.yaml while the rules are looked at: whole, or refused whole with the places of its mistakes.
import { followFile } from '../../core/config/follow-file.ts';
import type { Site } from '../../core/config/site.ts';
import type { Problem } from '../../core/config/yaml-file.ts';
import { Fault } from '../../core/fault.ts';
import type { Log } from '../../core/log.ts';
import { type AlarmSettings, checkAlarms, rulePlaces } from './rules.ts';

/** Gives the way to stop following. */
export function followRules(
  site: Site,
  dataFolder: string,
  log: Log,
  take: (settings: AlarmSettings) => void,
  refuse: (problems: readonly Problem[]) => void,
): () => void {
  const reload = () => {
    const file = rulePlaces(site, dataFolder).holds;
    try {
      const { settings, problems } = checkAlarms(site, file);
      if (settings === undefined || problems.length > 0) refuse(problems);
      else take(settings);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      refuse([{ file, line: 1, column: 1, path: '', text: error.text }]);
    }
  };
  const places = rulePlaces(site, dataFolder);
  const stops = [places.site, places.data].map((file) => followFile(file, log, reload));
  return () => {
    for (const stop of stops) stop();
  };
}
