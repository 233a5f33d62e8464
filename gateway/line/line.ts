// Owns one line: whoever wants to ask a device on it waits for a turn, and no answer is ever taken for another's.
import { backoff, type Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/fault.ts';
import { addressText, type ByteStream, openStream, type StreamAddress } from './byte-stream.ts';
import { LineFault } from './line-fault.ts';

/** What the bytes received so far mean for the one who asked. */
export type Received<T> = { state: 'more' } | { state: 'answer'; value: T } | { state: 'fault'; fault: LineFault };

export const more = { state: 'more' } as const;

export type Exchange<T> = {
  /** For messages: which device was asked. */
  device: string;
  request: Uint8Array;
  parse: (received: Buffer) => Received<T>;
  timeout: number;
};

export type LineOptions = {
  address: StreamAddress;
  connectTimeout: number;
  clock: Clock;
  random?: () => number;
  /** Where bytes come from, for whoever has no port: openStream unless something else is given. */
  open?: typeof openStream;
  /** Silence that the bus needs between two frames. */
  gap?: number;
  /** How long after connecting a device wants to be left alone. */
  settle?: number;
  /**
   * What follows a missing or senseless answer. A device of its own is met anew, so that a late answer dies with its connection.
   * A bus cannot be: there a late answer must be waited out, because its frames carry no number.
   */
  afterDoubt: 'reconnect' | 'wait';
};

/** On a bus, silence of this length ends whatever was said. */
const quiet = 20;
const mostReceived = 4_096;
/** A deadline that comes so late was held up by this process itself: an answer that came in time may lie unread. */
const heldUp = 20;
/** A connection whose peer is gone without a word looks like silence: after so much of it in a row it is made anew. */
const mostSilences = 3;

type Waiting = { run: () => void };

export class Line {
  readonly #options: LineOptions;
  #stream: ByteStream | undefined;
  #received: Buffer = Buffer.alloc(0);
  #heard: (() => void) | undefined;
  #lost: (() => void) | undefined;
  #queue: Waiting[] = [];
  #busy = false;
  #failures = 0;
  #silences = 0;
  #notBefore = 0;
  #refusal: LineFault | undefined;
  #lastByte = 0;
  #freeAt = 0;
  #ended = false;
  /** Milliseconds that were spent waiting for answers that did not come: what dead devices cost the others. */
  wasted = 0;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  get endpoint(): string {
    return addressText(this.#options.address);
  }

  async exchange<T>(exchange: Exchange<T>): Promise<T> {
    await this.#turn();
    try {
      const stream = this.#stream ?? (await this.#connect());
      await this.#untilFree(exchange);
      return await this.#ask(stream, exchange);
    } finally {
      this.#busy = false;
      this.#queue.shift()?.run();
    }
  }

  close(): void {
    this.#ended = true;
    this.#lost?.();
    this.#drop();
  }

  #turn(): Promise<void> | undefined {
    if (!this.#busy && this.#queue.length === 0) {
      this.#busy = true;
      return undefined;
    }
    return new Promise((resolve) => {
      this.#queue.push({
        run: () => {
          this.#busy = true;
          resolve();
        },
      });
    });
  }

  /** After doubt on a bus: the time in which a late answer may still come, and then silence, which does not come on every bus. */
  async #untilFree({ device, timeout }: Pick<Exchange<unknown>, 'device' | 'timeout'>): Promise<void> {
    const { clock, gap = 0 } = this.#options;
    const silence = Math.max(gap, this.#freeAt === 0 ? 0 : quiet);
    const latest = Math.max(clock.monotonic(), this.#freeAt) + timeout;
    for (;;) {
      const now = clock.monotonic();
      const free = Math.max(this.#freeAt, silence === 0 ? 0 : this.#lastByte + silence);
      if (free <= now) break;
      if (now >= latest)
        throw new LineFault(
          'framing',
          `${this.endpoint} ${device}：线路 ${timeout} 毫秒内没有静默，无法提问：检查是否有其他主站、波特率、偏置与终端电阻`,
          `${this.endpoint} ${device}: the line is never silent within ${timeout} ms, so nothing can be asked: look for another master, the speed, bias and termination`,
        );
      await clock.sleep(Math.min(free, latest) - now);
    }
    this.#freeAt = 0;
  }

  #ask<T>(stream: ByteStream, { device, request, parse, timeout }: Exchange<T>): Promise<T> {
    const { clock } = this.#options;
    return new Promise<T>((resolve, reject) => {
      const sent = clock.monotonic();
      const settle = () => {
        cancel();
        this.#heard = undefined;
        this.#lost = undefined;
      };
      const fail = (fault: LineFault) => {
        settle();
        if (fault.failure === 'timeout' || fault.failure === 'framing') this.wasted += clock.monotonic() - sent;
        if (fault.failure !== 'exception') this.#doubt(timeout);
        reject(fault);
      };
      const expire = () => {
        const silent = this.#received.length === 0;
        this.#silences = silent ? this.#silences + 1 : 0;
        fail(
          silent
            ? new LineFault(
                'timeout',
                `${this.endpoint} ${device}：${timeout} 毫秒内无应答`,
                `${this.endpoint} ${device}: no answer within ${timeout} ms`,
              )
            : new LineFault(
                'framing',
                `${this.endpoint} ${device}：收到 ${this.#received.length} 字节，不成应答`,
                `${this.endpoint} ${device}: ${this.#received.length} bytes came, but no answer`,
              ),
        );
      };
      let cancel = clock.after(timeout, () => {
        if (clock.monotonic() - sent < timeout + heldUp) return expire();
        cancel = clock.after(heldUp, expire);
      });
      this.#heard = () => {
        const received = parse(this.#received);
        if (received.state === 'more') {
          if (this.#received.length > mostReceived)
            fail(
              new LineFault(
                'framing',
                `${this.endpoint} ${device}：应答过长`,
                `${this.endpoint} ${device}: the answer does not end`,
              ),
            );
          return;
        }
        if (received.state === 'fault') return fail(received.fault);
        settle();
        this.#silences = 0;
        resolve(received.value);
      };
      this.#lost = () =>
        fail(
          new LineFault(
            'closed',
            `${this.endpoint}：连接被对方关闭`,
            `${this.endpoint}: the other side closed the connection`,
          ),
        );
      this.#received = Buffer.alloc(0); // nothing that came before the question can be its answer
      stream.write(request);
    });
  }

  #doubt(timeout: number): void {
    const { afterDoubt, clock } = this.#options;
    if (afterDoubt === 'wait') this.#freeAt = clock.monotonic() + timeout;
    if (afterDoubt === 'reconnect' || this.#silences >= mostSilences) this.#drop();
  }

  async #connect(): Promise<ByteStream> {
    const { address, connectTimeout, clock, random = Math.random, settle = 0, open = openStream } = this.#options;
    if (this.#ended) throw new LineFault('closed', '线路已关闭', 'the line is closed');
    if (this.#refusal !== undefined && clock.monotonic() < this.#notBefore) throw this.#refusal;
    let stream: ByteStream;
    try {
      stream = await open(address, connectTimeout);
    } catch (cause) {
      const detail = messageOf(cause);
      this.#refusal = new LineFault(
        'refused',
        `${this.endpoint}：无法连接（${detail}）`,
        `${this.endpoint}: cannot connect (${detail})`,
        { cause },
      );
      this.#notBefore = clock.monotonic() + backoff(this.#failures++, 1_000, 60_000, random);
      throw this.#refusal;
    }
    if (this.#ended) {
      stream.destroy();
      throw new LineFault('closed', '线路已关闭', 'the line is closed');
    }
    this.#failures = 0;
    this.#silences = 0;
    this.#refusal = undefined;
    this.#stream = stream;
    // A stream that was given up may still speak: nobody listens.
    stream.onData = (bytes) => {
      if (this.#stream !== stream) return;
      this.#lastByte = clock.monotonic();
      if (this.#heard === undefined) return; // nobody asked: it is no answer
      this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
      this.#heard();
    };
    stream.onClose = () => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#lost?.();
    };
    if (settle > 0) await clock.sleep(settle);
    return stream;
  }

  #drop(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.destroy();
  }
}
