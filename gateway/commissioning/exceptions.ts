// Owns what the exceptions of Modbus usually mean in a switchroom, and what to check next.
import type { Text } from '../../core/text.ts';
import { text } from './evidence.ts';

/** Modbus Application Protocol V1.1b3 §7, and what it means in a switchroom. */
const meanings: Record<number, { name: Text; checks: Text[] }> = {
  1: {
    name: text('不支持该功能码', 'illegal function'),
    checks: [
      text(
        '改用另一个功能码：--fc 4（输入寄存器）或 --fc 3（保持寄存器）',
        'use the other function code: --fc 4 (input registers) or --fc 3 (holding registers)',
      ),
    ],
  },
  2: {
    name: text('没有该寄存器地址', 'illegal data address'),
    checks: [
      text(
        '说明书的地址多从 1 数起：报文地址 = 说明书地址 − 1',
        'manuals mostly count from 1: the wire address is one less',
      ),
      text(
        '型号对吗？tanbiao devices probe 会说哪个模板合适',
        'is it the right model? "tanbiao devices probe" says which template fits',
      ),
      text('一次读得太多也会这样：把 --count 减小', 'asking for too much at once looks the same: lower --count'),
    ],
  },
  3: {
    name: text('请求的数值不合法', 'illegal data value'),
    checks: [text('一次读的寄存器太多：把 --count 减到 50 以下', 'too many registers at once: lower --count below 50')],
  },
  4: {
    name: text('设备内部故障', 'server device failure'),
    checks: [
      text(
        '设备自检未过或正在启动：等一分钟再试，看设备面板的告警',
        'the device is starting or faulty: wait a minute, look at its panel',
      ),
      text('读到设备没有的寄存器时，有的设备也回答 4', 'some devices say 4 for registers that they do not have'),
    ],
  },
  5: {
    name: text('已受理，还在处理', 'acknowledge'),
    checks: [
      text('设备很慢：稍后再试，加大 --timeout', 'the device is slow: try again later, with a longer --timeout'),
    ],
  },
  6: {
    name: text('设备忙', 'server device busy'),
    checks: [
      text('是否有另一个主站在频繁读它？降低其读取频率', 'does another master read it all the time? Slow it down'),
    ],
  },
  10: {
    name: text('网关不通往该站号', 'gateway path unavailable'),
    checks: [
      text(
        '网关里没有配置该站号，或其串口没有启用',
        'the gateway has no such unit configured, or its serial port is off',
      ),
    ],
  },
  11: {
    name: text('网关后面的设备没有应答', 'gateway target device failed to respond'),
    checks: [
      text(
        '站号对吗？看表上的设置，或用 tanbiao devices scan 找',
        'is the unit id right? Look at the meter, or find it with "tanbiao devices scan"',
      ),
      text('网关串口的波特率和校验须与表一致', 'speed and parity of the gateway must be those of the meter'),
      text('485 的 A、B 接反了吗？表有电吗？', 'are A and B of the RS-485 swapped, and has the meter power?'),
    ],
  },
};

export const exceptionName = (code: number): Text =>
  meanings[code]?.name ?? text('标准中没有的异常码', 'a code that the standard does not have');

export const exceptionChecks = (code: number): readonly Text[] =>
  meanings[code]?.checks ?? [text('查该设备的说明书', "look it up in the device's manual")];
