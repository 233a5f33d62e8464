// Owns telling that one of a plant's files was changed, once its editor is done; what ends the following ends nothing else.
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { messageOf } from '../fault.ts';
import type { Log } from '../log.ts';

/** Editors write a file in several steps. */
const settleTime = 300;

/** Gives the way to stop. A limit of the system, or a folder that goes, is told once: from then on a change counts from the next start. */
export function followFile(file: string, log: Log, changed: () => void): () => void {
  const folder = dirname(file);
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    watcher?.close();
    clearTimeout(timer);
  };
  const lose = (reason: string) => {
    stop();
    log.warn({ event: 'file_not_followed', file, reason }, 'changes of the file count from the next start on');
  };
  try {
    watcher = watch(folder, (_, name) => {
      // The last that is heard of a folder on Linux is its own name.
      if (name === basename(folder) && !existsSync(folder)) lose('its folder is gone');
      if (name !== basename(file)) return;
      clearTimeout(timer);
      timer = setTimeout(changed, settleTime);
    });
    watcher.on('error', (error) => lose(messageOf(error)));
  } catch (error) {
    lose(messageOf(error));
  }
  return stop;
}
