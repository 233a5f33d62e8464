// Owns the way to the store's thread: calls go out as messages, results and failures come back to who asked.
import { Worker } from 'node:worker_threads';
import { Fault } from '../../core/fault.ts';
import type { CallName, Reply } from './worker.ts';

type Waiting = { resolve: (result: never) => void; reject: (error: Error) => void };

export class StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastCall = 0;
  #ended: Error | undefined;
  #mayEnd = false;

  /** A thread that dies takes the process with it: whoever supervises it starts both again, as after a power cut. */
  constructor(folder: string, script = new URL('./worker.ts', import.meta.url)) {
    this.#worker = new Worker(script, { workerData: { folder } });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('the thread has ended')));
  }

  call<T = void>(name: CallName, args: readonly unknown[], transfer: ArrayBuffer[] = []): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(storeFault(this.#ended.message, this.#ended));
    const id = ++this.#lastCall;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: never) => void, reject });
      this.#worker.postMessage({ id, name, args }, transfer);
    });
  }

  async terminate(): Promise<void> {
    this.#mayEnd = true;
    await this.#worker.terminate();
  }

  #settle({ id, result, failure }: Reply): void {
    const call = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) call?.resolve(result as never);
    else call?.reject(storeFault(failure));
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    for (const { reject } of this.#waiting.values()) reject(storeFault(error.message, error));
    this.#waiting.clear();
    // After those who asked: one that could not open the store has nothing more to lose, and says so itself.
    setImmediate(() => {
      if (!this.#mayEnd) throw new Error('the thread of the store died', { cause: error });
    });
  }
}

const storeFault = (reason: string, cause?: Error): Fault =>
  new Fault('store_failed', { zh: `存储出错：${reason}`, en: `the store failed: ${reason}` }, { retry: true, cause });
