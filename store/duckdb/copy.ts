// Owns a copy of the embedded store as it is at one moment, made while it is written to.
import { constants } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from './database.ts';
import { moveDurably } from './month-file.ts';
import { quote } from './months.ts';
import type { Readings } from './readings.ts';

export class StoreCopy {
  readonly #database: Database;
  readonly #folder: string;
  readonly #file: string;
  readonly #partial: string;

  constructor(database: Database, folder: string, file: string) {
    this.#database = database;
    this.#folder = folder;
    this.#file = join(folder, file);
    this.#partial = `${this.#file}.new`;
  }

  async pin(): Promise<void> {
    await mkdir(this.#folder); // fails where one is: a copy goes over nothing
    await mkdir(join(this.#folder, 'months'));
    await this.#database.aside(`ATTACH ${quote(this.#partial)} AS copy`);
    try {
      await this.#database.aside('BEGIN');
      // DuckDB takes its snapshot of a database when it is first read in a transaction.
      await this.#database.aside('SELECT count(*) FROM series');
    } catch (error) {
      await this.#giveUp();
      throw error;
    }
  }

  async finish({ places, pathOf }: Pick<Readings, 'places' | 'pathOf'>): Promise<void> {
    // Files are never written over, and none goes while this holds the turn of those who move months.
    const files = [...places.values()].flatMap(({ file }) => file ?? []);
    try {
      await this.#database.aside(`COPY FROM DATABASE ${quoteName(await this.#database.name())} TO copy`);
      await this.#database.aside('COMMIT');
      await this.#database.aside('CHECKPOINT copy');
      await this.#database.aside('DETACH copy');
    } catch (error) {
      await this.#giveUp();
      throw error;
    }
    await moveDurably(this.#partial, this.#file);
    for (const file of files)
      await copyFile(pathOf(file), join(this.#folder, 'months', file.file), constants.COPYFILE_EXCL);
  }

  async #giveUp(): Promise<void> {
    // Without a transaction or a database of that name there is nothing to give up: the first failure is told.
    await this.#database.aside('ROLLBACK').catch(() => undefined);
    await this.#database.aside('DETACH copy').catch(() => undefined);
  }
}

const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
