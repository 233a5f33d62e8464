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

  constructor(folder: string) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { folder } });
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
    await this.#worker.terminate();
  }

  #settle({ id, result, failure }: Reply): void {
    const call = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) call?.resolve(result as never);
    else call?.reject(storeFault(failure));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(storeFault(error.message, error));
    this.#waiting.clear();
  }
}

const storeFault = (reason: string, cause?: Error): Fault =>
  new Fault('store_failed', { zh: `存储出错：${reason}`, en: `the store failed: ${reason}` }, { retry: true, cause });
