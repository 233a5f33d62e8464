// Owns the diagnosis of a device that does not answer as it should: from evidence to what is wrong and what to check next. Pure.
import type { Text } from '../../core/text.ts';
import { settingsText } from '../line/serial-settings.ts';
import { endpointText } from './endpoint.ts';
import { type Diagnosis, type Evidence, text } from './evidence.ts';
import { exceptionChecks, exceptionName } from './exceptions.ts';
import type { ForeignBytes } from './foreign-bytes.ts';
import { noConnection, noPort } from './no-connection.ts';

export function diagnose(evidence: Evidence): Diagnosis {
  const found = evidence.otherSerial ?? evidence.otherFraming;
  if (found !== undefined && found !== false) return answersOtherwise(evidence);
  switch (evidence.failure) {
    case 'refused':
      return evidence.endpoint.address.kind === 'serial' ? noPort(evidence) : noConnection(evidence);
    case 'closed':
      return closed(evidence);
    case 'exception':
      return refused(evidence);
    case 'framing':
      return strange(evidence);
    case 'timeout':
      return evidence.meter === undefined ? silent(evidence) : silentMeter(evidence);
  }
}

function answersOtherwise({ endpoint, unit, otherSerial }: Evidence): Diagnosis {
  if (otherSerial !== undefined && endpoint.address.kind === 'serial') {
    const settings = settingsText(otherSerial);
    return {
      code: 'serial_settings',
      finding: text(
        `站号 ${unit} 用 ${settings} 应答，而不是 ${settingsText(endpoint.address)}`,
        `unit ${unit} answers at ${settings}, not at ${settingsText(endpoint.address)}`,
      ),
      checks: [
        text(
          `端点改为 serial://${endpoint.address.path}?baud=${otherSerial.baud}&parity=${otherSerial.parity}`,
          `use serial://${endpoint.address.path}?baud=${otherSerial.baud}&parity=${otherSerial.parity}`,
        ),
        text('同一总线上的所有表必须用同样的波特率和校验', 'all meters on one bus must have the same speed and parity'),
      ],
    };
  }
  const [wrong, right] = endpoint.protocol === 'line' ? ['RTU', 'Modbus TCP'] : ['Modbus TCP', 'RTU'];
  const protocol = endpoint.protocol === 'line' ? 'modbus-tcp' : 'line';
  return {
    code: endpoint.protocol === 'line' ? 'tcp_on_line' : 'rtu_on_tcp',
    finding: text(
      `该端口不用 ${wrong} 应答，而用 ${right} 应答`,
      `this port does not answer ${wrong}, but it does answer ${right}`,
    ),
    checks: [
      text(
        `加上 --protocol ${protocol}；在 site.yaml 中写 protocol: ${protocol}`,
        `add --protocol ${protocol}; in site.yaml write protocol: ${protocol}`,
      ),
      protocol === 'line'
        ? text(
            '这是“透明传输”的串口服务器；若它也能做 Modbus 网关，二者都可以',
            'this is a serial server in transparent mode; where it can be a Modbus gateway, either will do',
          )
        : text(
            '这是 Modbus TCP 设备或做协议转换的网关，不是透明传输的串口服务器',
            'this is a Modbus TCP device or a gateway that translates, not a transparent serial server',
          ),
    ],
  };
}

const closed = ({ endpoint }: Evidence): Diagnosis => ({
  code: 'connection_closed',
  finding: text(
    `${endpointText(endpoint)} 接受了连接，又立即断开`,
    `${endpointText(endpoint)} accepts the connection and closes it again`,
  ),
  checks: [
    text(
      '多数逆变器和表只容一个连接：先停下另一个采集程序',
      'most inverters and meters serve one client only: stop the other program that reads it',
    ),
    text('设备里有允许访问的 IP 名单吗？', 'does the device keep a list of IP addresses that may read it?'),
    text('该端口是 Modbus 端口吗？', 'is this the Modbus port at all?'),
  ],
});

function refused({ unit, exception = 0, otherUnit }: Evidence): Diagnosis {
  const name = exceptionName(exception);
  const checks = exceptionChecks(exception);
  return {
    code: `exception_${exception}`,
    finding: text(
      `站号 ${unit} 回答异常码 ${exception}：${name.zh}`,
      `unit ${unit} answers with exception ${exception}: ${name.en}`,
    ),
    checks: [...unitThatAnswers(otherUnit), ...checks],
  };
}

const unitThatAnswers = (unit: number | undefined): Text[] =>
  unit === undefined
    ? []
    : [text(`站号 ${unit} 有应答：加上 --unit ${unit}`, `unit ${unit} answers: add --unit ${unit}`)];

function strange({ endpoint, unit, foreign, overheard }: Evidence): Diagnosis {
  const other = overheard ?? foreign ?? { kind: 'noise' };
  const onSerial = endpoint.address.kind === 'serial';
  if (overheard !== undefined) return unasked(overheard);
  switch (other.kind) {
    case 'echo':
      return {
        code: 'echo',
        finding: text('收到的正是自己发出的字节：回声', 'what comes back is what was sent: an echo'),
        checks: [
          text(
            '485 适配器设为“无本地回显”（Echo off），或检查收发方向控制',
            'switch the local echo of the RS-485 adapter off, or check its direction control',
          ),
          text(
            '只有回声而没有应答：表没有接上，或 A、B 接反',
            'an echo and nothing else: the meter is not connected, or A and B are swapped',
          ),
        ],
      };
    case 'rtu':
    case 'mbap':
      return answersOtherwise({ endpoint, unit, failure: 'framing', otherFraming: true });
    case 'late':
    case 'other_question':
      return unasked(other);
    case 'other_unit':
      return {
        code: 'wrong_unit',
        finding: text(
          `问站号 ${unit}，应答的却是站号 ${other.unit}`,
          `unit ${unit} was asked, but unit ${other.unit} answered`,
        ),
        checks: [
          text(`试 --unit ${other.unit}`, `try --unit ${other.unit}`),
          text(
            '是否有另一个主站同时在读这条总线？一条总线只能有一个主站',
            'does another master read this bus at the same time? A bus has one master',
          ),
          text(
            '两块表的站号相同，或网关改写了站号？',
            'have two meters the same unit id, or does a gateway rewrite it?',
          ),
        ],
      };
    case 'dlt645':
      return {
        code: 'dlt645',
        finding: text(
          '线上是 DL/T 645（或 CJ/T 188）报文，不是 Modbus',
          'there are DL/T 645 (or CJ/T 188) frames on the line, not Modbus',
        ),
        checks: [
          text(
            '把表的通信协议改为 Modbus，或改用 DL/T 645 模板',
            'set the meter to Modbus, or use a DL/T 645 template',
          ),
        ],
      };
    case 'http':
    case 'tls':
    case 'text':
      return {
        code: 'not_modbus',
        finding: {
          http: text('这是网页端口（HTTP），不是 Modbus', 'this is a web server (HTTP), not Modbus'),
          tls: text('这是加密端口（TLS），不是 Modbus', 'this is an encrypted port (TLS), not Modbus'),
          text: text(
            `这里应答的是文字${other.kind === 'text' ? `“${other.text}”` : ''}，不是 Modbus`,
            `what answers here is text${other.kind === 'text' ? ` ("${other.text}")` : ''}, not Modbus`,
          ),
        }[other.kind],
        checks: [
          text(
            '端口不对：Modbus TCP 通常为 502，看设备的通信设置',
            'wrong port: Modbus TCP is usually 502, see the communication settings of the device',
          ),
          text('IP 地址是这台设备的吗？', 'does the IP address belong to this device?'),
        ],
      };
    case 'level':
      return {
        code: 'wiring_level',
        finding: text('收到的全是 00 或 FF：线路电平不对', 'only 00 or FF comes: the level of the wires is wrong'),
        checks: [
          text('A、B 对调', 'swap A and B'),
          text(
            '接上 GND，线路两端各一个 120 Ω 终端电阻，主站有偏置电阻',
            'connect GND; 120 Ω at both ends of the bus; bias resistors at the master',
          ),
          ...settingsChecks(onSerial),
        ],
      };
    case 'noise':
      return {
        code: 'garbage',
        finding: text('收到字节，但不成任何报文', 'bytes come, but they are no frame of any kind'),
        checks: [
          ...(endpoint.protocol === 'line'
            ? [
                ...settingsChecks(onSerial),
                text('有没有两块表用同一个站号同时应答？', 'do two meters with the same unit id answer at once?'),
                text('另一个主站也在读这条总线吗？', 'does another master read this bus, too?'),
                text(
                  '屏蔽层单端接地，远离变频器动力线，两端各 120 Ω',
                  'shield earthed at one end, away from drives, 120 Ω at both ends',
                ),
              ]
            : [
                text(
                  '该端口也许不是 Modbus：看设备的通信设置',
                  'perhaps this port is not Modbus: see the communication settings of the device',
                ),
                text(
                  '串口服务器的波特率或校验不对时也会这样',
                  'a serial server with the wrong speed or parity looks the same',
                ),
              ]),
        ],
      };
  }
}

/** Frames that come while nobody asks. */
const unasked = (overheard: ForeignBytes): Diagnosis =>
  overheard.kind === 'late' ? late(overheard.unit) : otherMaster(overheard);

const late = (unit: number): Diagnosis => ({
  code: 'late',
  finding: text(`站号 ${unit} 有应答，但来得太晚`, `unit ${unit} answers, but too late`),
  checks: [
    text(
      '加大 --timeout（如 --timeout 3000）；在 site.yaml 中写 timeout: 3s',
      'give it more time (--timeout 3000); in site.yaml write timeout: 3s',
    ),
    text('经无线或 4G 的串口服务器常需 2 秒以上', 'serial servers behind radio or 4G often need two seconds and more'),
  ],
});

const otherMaster = (overheard: ForeignBytes): Diagnosis => ({
  code: 'other_master',
  finding: text(
    `没有人问的时候线上也有报文${'unit' in overheard ? `（站号 ${overheard.unit}）` : ''}：另一个主站在用这条总线`,
    `there is traffic${'unit' in overheard ? ` (unit ${overheard.unit})` : ''} while nobody asks: another master uses this bus`,
  ),
  checks: [
    text(
      '一条 485 总线只能有一个主站：停下另一个网关、触摸屏或抄表软件',
      'an RS-485 bus has one master: stop the other gateway, panel or meter software',
    ),
    text(
      '两者都要读时，经由一台支持多客户端的 Modbus TCP 网关',
      'if both must read, go through a Modbus TCP gateway that serves several clients',
    ),
  ],
});

const settingsChecks = (onSerial: boolean): Text[] => [
  onSerial
    ? text(
        '波特率和校验与表一致吗？Modbus 表多为 9600 8N1，DL/T 645 表为 2400 8E1',
        'are speed and parity those of the meter? Modbus meters are mostly 9600 8N1, DL/T 645 meters 2400 8E1',
      )
    : text('串口服务器的波特率和校验与表一致吗？', 'are speed and parity of the serial server those of the meter?'),
];

function silentMeter({ endpoint, meter, otherMeter }: Evidence): Diagnosis {
  const who =
    meter?.address === undefined
      ? text('没有表应答', 'no meter answers')
      : text(`表 ${meter.address} 没有应答`, `meter ${meter.address} does not answer`);
  const found =
    otherMeter === undefined
      ? []
      : [
          text(
            `线上应答的表地址是 ${otherMeter}：--address ${otherMeter}`,
            `the meter on the line has the address ${otherMeter}: --address ${otherMeter}`,
          ),
        ];
  return {
    code: otherMeter === undefined ? 'silent' : 'address_absent',
    finding: text(`${endpointText(endpoint)}：${who.zh}`, `${endpointText(endpoint)}: ${who.en}`),
    checks: [
      ...found,
      text(
        '地址印在表面，12 位（DL/T 645）或 14 位（CJ/T 188），高位在前',
        'the address is printed on the meter: 12 digits (DL/T 645) or 14 (CJ/T 188), highest first',
      ),
      text(
        '出厂多为 2400 8E1；也有 9600 8E1 和 1200 8E1',
        'most leave the factory at 2400 8E1; some at 9600 8E1 or 1200 8E1',
      ),
      text('A 接 A、B 接 B；没有应答时先对调一次', 'A to A and B to B; when nothing answers, swap them once'),
      text(
        '表的协议可能是 Modbus：tanbiao devices scan 两种都问',
        'the meter may speak Modbus: "tanbiao devices scan" asks for both',
      ),
    ],
  };
}

function silent({ endpoint, unit, asked, otherUnit, overheard }: Evidence): Diagnosis {
  if (overheard !== undefined) return unasked(overheard);
  const where = endpointText(endpoint);
  if (otherUnit !== undefined)
    return {
      code: 'unit_absent',
      finding: text(`站号 ${unit} 没有应答，线路是好的`, `unit ${unit} does not answer; the line is good`),
      checks: [
        ...unitThatAnswers(otherUnit),
        text(
          '站号在表的通信菜单中；tanbiao devices scan 会列出所有站号',
          'the unit id is in the meter\'s menu; "tanbiao devices scan" lists all that answer',
        ),
      ],
    };
  const who =
    asked === undefined
      ? text(`站号 ${unit} `, `unit ${unit} does not answer`)
      : text(`所问的 ${asked} 个站号都`, `none of the ${asked} unit ids answers`);
  if (endpoint.protocol === 'modbus-tcp')
    return {
      code: 'silent',
      finding: text(`${where} 能连上，但${who.zh}没有应答`, `${where} accepts the connection, but ${who.en}`),
      checks: [
        text(
          '站号对吗？直接联网的设备多为 1 或 255，GoodWe 为 247，SMA 为 3',
          'is the unit id right? Devices on the network mostly use 1 or 255, GoodWe 247, SMA 3',
        ),
        text(
          '设备只容一个连接时，先停下另一个采集程序',
          'where the device serves one client only, stop the other program that reads it',
        ),
        text(
          '很慢的设备（如华为逆变器）加 --timeout 5000',
          'for slow devices such as Huawei inverters add --timeout 5000',
        ),
        text(
          '经网关时：查网关后面的接线、波特率、表的供电',
          'behind a gateway: check wires, speed, and power of the meter',
        ),
      ],
    };
  return {
    code: 'silent',
    finding: text(`${where} 已打开，但${who.zh}没有应答`, `${where} is open, but ${who.en}`),
    checks: [
      text('A 接 A、B 接 B；没有应答时先对调一次', 'A to A and B to B; when nothing answers, swap them once'),
      ...settingsChecks(endpoint.address.kind === 'serial'),
      text(
        '站号在表的通信菜单中；tanbiao devices scan 会逐个询问',
        'the unit id is in the meter\'s menu; "tanbiao devices scan" asks one after another',
      ),
      text(
        '表的协议可能是 DL/T 645：在表的菜单中改为 Modbus',
        'the meter may be set to DL/T 645: change it to Modbus in its menu',
      ),
      text('表有电吗？线长时两端各接 120 Ω 终端电阻', 'has the meter power? Has a long bus 120 Ω at both ends?'),
    ],
  };
}
