// Owns the way through the words of a statement: what stands here, what must stand here, and the refusal of what does not.
import type { Fault } from '../../core/fault.ts';
import { durationOf, refusal, type Token, tokensOf, unquoted } from './tokens.ts';

export class Reader {
  readonly text: string;
  readonly now: number;
  readonly #tokens: Token[];
  #at = 0;

  constructor(text: string, now: number) {
    this.text = text;
    this.now = now;
    this.#tokens = tokensOf(text);
  }

  refuse(at: number, zh: string, en: string): Fault {
    return refusal(this.text, at, zh, en);
  }

  get here(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.here;
    this.#at++;
    return token;
  }

  isEnd(): boolean {
    return this.here.kind === 'end';
  }

  take(sign: string): boolean {
    if (this.here.kind !== 'sign' || this.here.text !== sign) return false;
    this.#at++;
    return true;
  }

  word(keyword: string): boolean {
    if (this.here.kind !== 'name' || this.here.text.toUpperCase() !== keyword) return false;
    this.#at++;
    return true;
  }

  expect(sign: string): void {
    if (!this.take(sign))
      throw this.wrong(`此处应为 ${sign}`, `found ${this.isEnd() ? 'EOF' : this.here.text}, expected ${sign}`);
  }

  expectWord(keyword: string): void {
    if (!this.word(keyword))
      throw this.wrong(`此处应为 ${keyword}`, `found ${this.isEnd() ? 'EOF' : this.here.text}, expected ${keyword}`);
  }

  wrong(zh: string, en: string): Fault {
    return this.refuse(this.here.at, zh, en);
  }

  duration(): number {
    return Number(durationOf(this.of('duration').text)) / 1e6;
  }

  name(): string {
    const token = this.next();
    if (token.kind === 'quoted') return unquoted(token.text);
    if (token.kind === 'name') return token.text;
    throw this.refuse(
      token.at,
      `此处应为名称${token.text === '' ? '' : `，而不是 “${token.text}”`}`,
      `found ${token.text === '' ? 'EOF' : token.text}, expected identifier`,
    );
  }

  of(kind: Token['kind']): Token {
    const token = this.next();
    if (token.kind === kind) return token;
    const names = { duration: '时长，如 1h', number: '数字', string: "字符串 '…'" } as Record<string, string>;
    throw this.refuse(
      token.at,
      `此处应为${names[kind] ?? kind}`,
      `found ${token.text === '' ? 'EOF' : token.text}, expected ${kind}`,
    );
  }

  count(): number {
    const { text, at } = this.of('number');
    if (/^\d+$/.test(text)) return Number(text);
    throw this.refuse(at, '此处应为整数', `found ${text}, expected integer`);
  }
}
