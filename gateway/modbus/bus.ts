// Owns modbus-serial and one TCP endpoint: one request in flight, a deadline of our own, a new connection after any doubt.
import { connect, type Socket } from 'node:net';
import modbusSerial from 'modbus-serial';
import { backoff, type Clock } from '../../core/clock.ts';
import { Fault, messageOf } from '../../core/fault.ts';
import type { Quality } from '../../core/quality.ts';

export type BusFailure = 'refused' | 'timeout' | 'closed' | 'framing' | 'exception';

export class BusFault extends Fault {
  readonly failure: BusFailure;
  /** Modbus exception code, when the device answered with one. */
  readonly exception: number | undefined;

  constructor(failure: BusFailure, zh: string, en: string, options: { cause?: unknown; exception?: number } = {}) {
    super(`bus_${failure}`, { zh, en }, { cause: options.cause, retry: true });
    this.failure = failure;
    this.exception = options.exception;
  }
}

export const qualityOfFailure: Record<BusFailure, Quality> = {
  refused: 'bad_connection',
  closed: 'bad_connection',
  timeout: 'bad_timeout',
  framing: 'bad_decode',
  exception: 'bad_exception',
};

export type BusOptions = { host: string; port: number; timeout: number; clock: Clock; random?: () => number };

const { default: ModbusRTU } = modbusSerial;
type ModbusClient = InstanceType<typeof ModbusRTU>;

type Session = { socket: Socket; client: ModbusClient; closed: Promise<never> };

/**
 * modbus-serial alone hands a late answer to the request 256 later, and never settles a request whose peer went away.
 * Here nothing is asked while an answer is due, and a connection that missed one answer is never asked again.
 */
export class ModbusBus {
  readonly #options: BusOptions;
  #session: Session | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #notBefore = 0;
  #lastRefusal: BusFault | undefined;
  #ended = false;

  constructor(options: BusOptions) {
    this.#options = options;
  }

  get endpoint(): string {
    return `tcp://${this.#options.host}:${this.#options.port}`;
  }

  /** Register words, in the order of their addresses. */
  read(unit: number, fc: 3 | 4, address: number, count: number): Promise<number[]> {
    const turn = this.#tail.then(() => this.#readNow(unit, fc, address, count));
    this.#tail = turn.catch(() => undefined); // the caller has the failure; the queue only goes on
    return turn;
  }

  close(): void {
    this.#ended = true;
    this.#drop();
  }

  async #readNow(unit: number, fc: 3 | 4, address: number, count: number): Promise<number[]> {
    const session = this.#session ?? (await this.#connect());
    const { timeout, clock } = this.#options;
    const deadline = new AbortController();
    const late = clock.sleep(timeout, deadline.signal).then(() => {
      throw new BusFault(
        'timeout',
        `${this.endpoint} 站号 ${unit}：${timeout} 毫秒内无应答`,
        `${this.endpoint} unit ${unit}: no answer within ${timeout} ms`,
      );
    });
    late.catch(() => undefined); // ours when it loses the race: only the clean-up of the timer
    try {
      const { data } = await Promise.race([ask(session.client, unit, fc, address, count), session.closed, late]);
      if (data.length !== count)
        throw new BusFault('framing', '应答长度不符', 'the answer has another length than the question');
      return data;
    } catch (error) {
      const fault = this.#classify(error, unit);
      if (fault.failure !== 'exception') this.#drop();
      throw fault;
    } finally {
      deadline.abort();
    }
  }

  #classify(error: unknown, unit: number): BusFault {
    if (error instanceof BusFault) return error;
    const where = `${this.endpoint} unit ${unit}`;
    if (typeof error === 'object' && error !== null && 'modbusCode' in error) {
      const exception = Number(error.modbusCode);
      return new BusFault(
        'exception',
        `${this.endpoint} 站号 ${unit}：设备返回异常码 ${exception}`,
        `${where}: the device answered with exception ${exception}`,
        { cause: error, exception },
      );
    }
    const detail = messageOf(error);
    return new BusFault(
      'framing',
      `${this.endpoint} 站号 ${unit}：应答无效（${detail}）`,
      `${where}: invalid answer (${detail})`,
      { cause: error },
    );
  }

  async #connect(): Promise<Session> {
    const { host, port, timeout, clock, random = Math.random } = this.#options;
    if (this.#ended) throw new BusFault('closed', '总线已关闭', 'the bus is closed');
    if (this.#lastRefusal !== undefined && clock.monotonic() < this.#notBefore) throw this.#lastRefusal;
    try {
      const socket = await openSocket(host, port, timeout);
      this.#failures = 0;
      this.#lastRefusal = undefined;
      const client = new ModbusRTU();
      client.on('error', () => undefined); // told again by the socket's close
      await client.linkTCP(socket, { port });
      const closed = new Promise<never>((_, reject) => {
        socket.once('close', () => {
          if (this.#session?.socket === socket) this.#session = undefined;
          reject(
            new BusFault(
              'closed',
              `${this.endpoint}：连接被对方关闭`,
              `${this.endpoint}: the device closed the connection`,
            ),
          );
        });
      });
      closed.catch(() => undefined); // also fires when nothing is being asked
      this.#session = { socket, client, closed };
      return this.#session;
    } catch (cause) {
      const detail = messageOf(cause);
      const refusal = new BusFault(
        'refused',
        `${this.endpoint}：无法连接（${detail}）`,
        `${this.endpoint}: cannot connect (${detail})`,
        { cause },
      );
      this.#lastRefusal = refusal;
      this.#notBefore = clock.monotonic() + backoff(this.#failures++, 1_000, 60_000, random);
      throw refusal;
    }
  }

  #drop(): void {
    this.#session?.socket.destroy();
    this.#session = undefined;
  }
}

function ask(
  client: ModbusClient,
  unit: number,
  fc: 3 | 4,
  address: number,
  count: number,
): Promise<{ data: number[] }> {
  return new Promise((resolve, reject) => {
    const next = (error: unknown, result: { data: number[] }) => (error ? reject(error) : resolve(result));
    // The unit goes with the call: a client-wide setID would be changed by whoever asks next.
    if (fc === 3) client.writeFC3(unit, address, count, next as never);
    else client.writeFC4(unit, address, count, next as never);
  });
}

function openSocket(host: string, port: number, timeout: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 });
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${timeout} ms`)), timeout);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error').on('error', () => undefined); // followed by close, which tells the bus
      resolve(socket);
    });
  });
}
