// Owns register addresses as manuals write them: wire addresses counted from 0, hexadecimal, or the old numbers 30001 and 40001.
import { exitCodes, Fault } from '../../core/fault.ts';

export type RegisterAddress = {
  address: number;
  /** What the number itself says: 3xxxx are input registers, 4xxxx holding registers. */
  fc: 3 | 4 | undefined;
  /** The number as it was given, where it was translated. */
  translated: string | undefined;
};

/** `onWire`: the number is the wire address whatever it looks like; Huawei and SMA have registers from 30000 up. */
export function parseRegisterAddress(text: string, onWire = false): RegisterAddress {
  if (/^0x[0-9a-f]{1,4}$/i.test(text)) return { address: Number(text), fc: undefined, translated: undefined };
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!onWire) {
    // Five digits: 30001–39999 and 40001–49999; six digits: 300001–365536 and 400001–465536.
    for (const base of [30_000, 300_000]) {
      const most = base === 30_000 ? 9_999 : 65_536;
      for (const fc of [4, 3] as const) {
        const first = fc === 4 ? base : base + base / 3;
        if (number > first && number <= first + most && text.length === String(base).length)
          return { address: number - first - 1, fc, translated: text };
      }
    }
  }
  if (number <= 0xffff) return { address: number, fc: undefined, translated: undefined };
  throw new Fault(
    'address_invalid',
    {
      zh: `寄存器地址“${text}”应为 0–65535、0x0000–0xFFFF，或说明书写法 30001、40001`,
      en: `register address "${text}": expected 0 to 65535, 0x0000 to 0xFFFF, or 30001 and 40001 as in manuals`,
    },
    { exitCode: exitCodes.configuration },
  );
}
