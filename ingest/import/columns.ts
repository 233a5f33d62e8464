// Owns finding what a mapping names in a table: its columns, and the words that stand for something else.
import { exitCodes, Fault } from '../../core/fault.ts';
import type { Text } from '../../core/text.ts';
import { type Cell, CellFault, textOfCell } from './cell.ts';
import type { Chosen } from './mapping.ts';
import type { Row, Table } from './table.ts';

/** Something wrong in a row. `column` is the name of the column, or nothing where it is about the row. */
export type RowProblem = { row: Row; column: string; text: Text };

export class Columns {
  readonly #places = new Map<string, number>();
  readonly #table: Pick<Table, 'file' | 'head'>;

  constructor(table: Pick<Table, 'file' | 'head'>) {
    this.#table = table;
    for (const [at, name] of table.head.entries()) if (!this.#places.has(name)) this.#places.set(name, at);
  }

  /** Refuses a mapping that names what the table does not have, or has twice. */
  placeOf(name: string): number {
    const { file, head } = this.#table;
    const place = this.#places.get(name);
    if (place !== undefined && head.indexOf(name, place + 1) < 0) return place;
    const known = head.filter((one) => one !== '');
    const wrong =
      place === undefined
        ? { zh: `没有列 “${name}”`, en: `has no column "${name}"` }
        : { zh: `有不止一列 “${name}”`, en: `has more than one column "${name}"` };
    throw new Fault(
      'column_unknown',
      {
        zh: `${file} 的表头${wrong.zh}；表头为：${known.join('、')}。表头不在第一行时，在映射中写 head`,
        en: `${file} ${wrong.en}; its head is: ${known.join(', ')}. When the head is not the first row, say head in the mapping`,
      },
      { exitCode: exitCodes.configuration },
    );
  }

  /** Reads a cell by its name. */
  reader(name: string): (row: Row) => Cell {
    const place = this.placeOf(name);
    return ({ cells }) => cells[place] ?? null;
  }

  /** Reads a word: from its column, by its name where names are given, or the same for every row. */
  chooser(chosen: Chosen): { column: string; read: (row: Row) => Cell } {
    if (typeof chosen === 'string') return { column: '', read: () => chosen };
    const { column, names } = chosen;
    const cellOf = this.reader(column);
    if (names === undefined) return { column, read: cellOf };
    return {
      column,
      read: (row) => {
        const word = textOfCell(cellOf(row)).trim();
        if (Object.hasOwn(names, word)) return names[word] as string;
        const known = Object.keys(names);
        throw new CellFault({
          zh: `映射的 names 中没有 “${word}”；有：${known.join('、')}`,
          en: `the mapping's names do not have "${word}"; there are: ${known.join(', ')}`,
        });
      },
    };
  }
}

/** Gives what was read, or tells what is wrong with the cell. */
export function attempt<T>(row: Row, column: string, problems: RowProblem[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CellFault) && !(error instanceof Fault)) throw error;
    problems.push({ row, column, text: error.text });
    return undefined;
  }
}
