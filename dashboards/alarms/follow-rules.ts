// Owns taking over a changed alarms.yaml while the rules are looked at: whole, or refused whole with the places of its mistakes.
import { watch } from 'node:fs';
import { basename } from 'node:path';
import type { Site } from '../../core/config/site.ts';
import type { Problem } from '../../core/config/yaml-file.ts';
import { Fault } from '../../core/fault.ts';
import { type AlarmSettings, alarmsFile, checkAlarms } from './rules.ts';

/** Editors write a file in several steps. */
const settleTime = 300;

/** Gives the way to stop following. */
export function followRules(
  site: Site,
  take: (settings: AlarmSettings) => void,
  refuse: (problems: readonly Problem[]) => void,
): () => void {
  const file = alarmsFile(site.folder);
  let timer: NodeJS.Timeout | undefined;
  const reload = () => {
    try {
      const { settings, problems } = checkAlarms(site);
      if (settings === undefined || problems.length > 0) refuse(problems);
      else take(settings);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      refuse([{ file, line: 1, column: 1, path: '', text: error.text }]);
    }
  };
  const watcher = watch(site.folder, (_, name) => {
    if (name !== basename(file)) return;
    clearTimeout(timer);
    timer = setTimeout(reload, settleTime);
  });
  return () => {
    watcher.close();
    clearTimeout(timer);
  };
}
