// Owns the way to an InfluxDB: lines out by the client library, one request at a time and none behind our back; InfluxQL answers in.
import { HttpError, InfluxDB, type WriteApi } from '@influxdata/influxdb-client';
import { exitCodes, Fault, messageOf } from '../../core/fault.ts';

export type InfluxAddress = {
  url: string;
  /** v1: `/write?db=`, which every InfluxDB has. v2: `/api/v2/write`. */
  write: 'v1' | 'v2';
  /** Asked by InfluxQL, and written to by v1. */
  database: string;
  bucket: string;
  org: string;
  token?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
};

export type RefusedLine = { index: number; reason: string };

export type Table = { tags: Record<string, string>; columns: string[]; rows: (number | string | null)[][] };

const linesAtOnce = 5_000;
const patience = 30_000;

export class InfluxClient {
  readonly #address: InfluxAddress;
  readonly #writer: WriteApi;
  readonly #authorization: Record<string, string>;

  constructor(address: InfluxAddress) {
    const { url, write, database, bucket, org, token, username, password } = address;
    this.#address = address;
    this.#authorization =
      token !== undefined
        ? { authorization: `Token ${token}` }
        : username !== undefined
          ? { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` }
          : {};
    const database_ = new InfluxDB({ url, timeout: patience, headers: this.#authorization });
    this.#writer = database_.getWriteApi(org, bucket, 'ms', {
      // The library's own flushes and retries happen in the background, where their failures are only logged.
      flushInterval: 0,
      maxRetries: 0,
      batchSize: linesAtOnce + 1,
      maxBatchBytes: Number.POSITIVE_INFINITY,
      gzipThreshold: Number.POSITIVE_INFINITY,
      writeFailed: (error) => Promise.reject(error),
    });
    if (write === 'v1') this.#writer.path = `/write?db=${encodeURIComponent(database)}&precision=ms`;
  }

  get place(): string {
    const { url, write, database, bucket } = this.#address;
    return `${url} ${write === 'v1' ? database : bucket}`;
  }

  /** Resolves when the database has all lines but those that it will never take. Writing a line again changes nothing. */
  async write(lines: readonly string[]): Promise<RefusedLine[]> {
    const refused: RefusedLine[] = [];
    for (let from = 0; from < lines.length; from += linesAtOnce)
      refused.push(...(await this.#writeSome(lines.slice(from, from + linesAtOnce), from)));
    return refused;
  }

  /** The answer to a partial write seldom says which lines were bad: halves are written again until they are found. */
  async #writeSome(lines: string[], offset: number): Promise<RefusedLine[]> {
    try {
      this.#writer.writeRecords(lines);
      await this.#writer.flush();
      return [];
    } catch (error) {
      const reason = badLines(error);
      if (reason === undefined) throw this.#faultOf(error);
      const dropped = Number(/dropped=(\d+)/.exec(reason)?.[1] ?? 0);
      if (lines.length === 1 || dropped === lines.length)
        return lines.map((_, index) => ({ index: offset + index, reason }));
      const half = lines.length >> 1;
      return [
        ...(await this.#writeSome(lines.slice(0, half), offset)),
        ...(await this.#writeSome(lines.slice(half), offset + half)),
      ];
    }
  }

  /** One list of tables for each statement. */
  async query(statements: readonly string[]): Promise<Table[][]> {
    if (statements.length === 0) return [];
    const { url, database } = this.#address;
    const address = `${url.replace(/\/$/, '')}/query?db=${encodeURIComponent(database)}&epoch=ms&chunked=true`;
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(address, {
        method: 'POST',
        headers: this.#authorization,
        body: new URLSearchParams({ q: statements.join(';') }),
        signal: AbortSignal.timeout(patience),
      });
      text = await answer.text();
    } catch (cause) {
      throw this.#faultOf(cause);
    }
    if (!answer.ok) throw this.#faultOf(new HttpError(answer.status, answer.statusText, text));
    return tablesOf(text, statements.length, (reason) => this.#faultOf(new HttpError(200, reason)));
  }

  #faultOf(cause: unknown): Fault {
    const { place } = this;
    const status = cause instanceof HttpError ? cause.statusCode : undefined;
    const reason = cause instanceof HttpError ? (cause.body ?? cause.message) : messageOf(cause);
    if (status === 401 || status === 403)
      return new Fault(
        'store_denied',
        {
          zh: `InfluxDB（${place}）拒绝访问：检查 store 中的令牌或用户名、密码及其读写权限。${reason}`,
          en: `InfluxDB (${place}) denies access: check token or user and password of the store, and that they may read and write. ${reason}`,
        },
        { cause, exitCode: exitCodes.configuration },
      );
    if (status === 404 || /database not found/.test(reason))
      return new Fault(
        'store_missing',
        {
          zh: `InfluxDB（${place}）没有该数据库、存储桶或写入接口：先创建数据库（CREATE DATABASE），或检查 database、bucket 与 write。${reason}`,
          en: `InfluxDB (${place}) has no such database, bucket or write path: create the database first (CREATE DATABASE), or check database, bucket and write. ${reason}`,
        },
        { cause, exitCode: exitCodes.unavailable },
      );
    return new Fault(
      'store_unavailable',
      {
        zh: `InfluxDB（${place}）未完成请求：${reason}`,
        en: `InfluxDB (${place}) did not do what was asked: ${reason}`,
      },
      { cause, exitCode: exitCodes.unavailable, retry: true },
    );
  }
}

/** InfluxDB 1 answers 400, InfluxDB 2 also 422. A limit of the server is no fault of the lines: they wait for an operator. */
function badLines(error: unknown): string | undefined {
  if (!(error instanceof HttpError) || (error.statusCode !== 400 && error.statusCode !== 422)) return undefined;
  const text = `${error.body ?? ''} ${error.message}`;
  if (/limit exceeded/.test(text)) return undefined;
  return /partial write|unable to parse|field type conflict|beyond retention policy/.test(text)
    ? text.trim()
    : undefined;
}

/** In chunks, because an answer in one piece ends at the server's max-row-limit without saying so reliably. */
function tablesOf(text: string, statements: number, fault: (reason: string) => Fault): Table[][] {
  type Series = { tags?: Record<string, string>; columns: string[]; values?: Table['rows'] };
  type Chunk = { results?: { statement_id?: number; error?: string; series?: Series[] }[]; error?: string };
  const answers: Table[][] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    let chunk: Chunk;
    try {
      chunk = JSON.parse(line) as Chunk;
    } catch {
      throw fault(`the answer to a query is not JSON: ${line.slice(0, 200)}`);
    }
    if (chunk.error !== undefined) throw fault(chunk.error);
    for (const { statement_id: statement = 0, error, series = [] } of chunk.results ?? []) {
      if (error !== undefined) throw fault(error);
      answers[statement] ??= [];
      for (const { tags = {}, columns, values = [] } of series) {
        const last = answers[statement].at(-1);
        if (last !== undefined && isSameSeries(last.tags, tags)) for (const row of values) last.rows.push(row);
        else answers[statement].push({ tags, columns, rows: values });
      }
    }
  }
  const answered = answers.filter((answer) => answer !== undefined).length;
  if (answered !== statements) throw fault(`${statements} statements, ${answered} answers`);
  return answers;
}

function isSameSeries(a: Record<string, string>, b: Record<string, string>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
