// Owns the note that a running process leaves in the data folder, so that other commands find it.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Running = { pid: number; page?: string; broker: string };

const fileOf = (dataFolder: string): string => join(dataFolder, 'running.json');

/** Gives the way to take the note back. */
export function announceRunning(dataFolder: string, what: Omit<Running, 'pid'>): () => void {
  const file = fileOf(dataFolder);
  writeFileSync(file, JSON.stringify({ pid: process.pid, ...what } satisfies Running));
  return () => rmSync(file, { force: true });
}

export function whoRuns(dataFolder: string): Running | undefined {
  const file = fileOf(dataFolder);
  if (!existsSync(file)) return undefined;
  const running = JSON.parse(readFileSync(file, 'utf8')) as Running;
  try {
    process.kill(running.pid, 0);
    return running;
  } catch {
    return undefined; // it was killed and left its note behind
  }
}
